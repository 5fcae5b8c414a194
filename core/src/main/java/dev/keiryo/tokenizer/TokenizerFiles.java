package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.checkpoint.Metadata;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the tokenizer in whatever file or folder holds one. */
public final class TokenizerFiles {
    /** What a folder may hold besides Hugging Face's JSON files, in the order of preference. */
    private static final List<String> MODELS = List.of("tokenizer.model", "spiece.model", "sentencepiece.bpe.model");

    private TokenizerFiles() {}

    /**
     * Opens a tokenizer: {@code tokenizer.json} and other files of a Hugging Face folder, a SentencePiece or tiktoken
     * file, or the vocabulary of a GGUF file or llama2.c checkpoint.
     */
    public static Tokenizer open(Path path) throws IOException {
        Tokenizer found = find(path);
        if (found != null) {
            return found;
        }
        try (Checkpoint checkpoint = Checkpoints.open(path)) {
            Tokenizer stored = GgufTokenizer.from(checkpoint.metadata());
            if (stored == null) {
                throw new FormatException(path.toString(), "holds no vocabulary");
            }
            return stored;
        }
    }

    /** The tokenizer of the model at {@code path}, in its metadata or beside it, or null where there is none. */
    public static @Nullable Tokenizer of(Path path, Metadata metadata) throws IOException {
        if (metadata.has("tokenizer.ggml.model")) {
            return GgufTokenizer.from(metadata);
        }
        Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
        return folder == null ? null : inFolder(folder);
    }

    /** Opens what is a tokenizer by its name; null where {@code path} may be a model. */
    private static @Nullable Tokenizer find(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return inFolder(path);
        }
        String name = String.valueOf(path.getFileName());
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null
                && List.of("tokenizer.json", "vocab.json", "encoder.json").contains(name)) {
            return Tokenizers.fromFolder(folder);
        }
        if (name.endsWith(".safetensors")) {
            return folder == null ? null : inFolder(folder);
        }
        if (name.endsWith(".json")) {
            return TokenizerJson.read(path);
        }
        if (name.endsWith(".tiktoken")) {
            return Tiktoken.read(path);
        }
        return name.endsWith(".model") ? model(path) : null;
    }

    private static @Nullable Tokenizer inFolder(Path folder) throws IOException {
        for (String json : List.of("tokenizer.json", "vocab.json", "encoder.json", "vocab.txt")) {
            if (Files.exists(folder.resolve(json))) {
                return Tokenizers.fromFolder(folder);
            }
        }
        for (String name : MODELS) {
            if (Files.exists(folder.resolve(name))) {
                return model(folder.resolve(name));
            }
        }
        try (var ranks = Files.newDirectoryStream(folder, "*.tiktoken")) {
            for (Path file : ranks) {
                return Tiktoken.read(file);
            }
        }
        return null;
    }

    /** A file {@code *.model}: SentencePiece's protobuf, or the text of tiktoken ranks (Llama 3). */
    private static Tokenizer model(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            // A SentencePiece model begins with field 1, length-delimited; ranks with base64.
            return in.read() == 0x0a ? SentencePiece.read(file) : Tiktoken.read(file);
        }
    }
}
