package dev.keiryo.cli;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.huggingface.HuggingFace;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The tokenizer of models that are trained. */
final class TokenizerOption {
    @Option(
            names = "--tokenizer",
            required = true,
            paramLabel = "MODEL",
            description = "A GGUF file or a folder with tokenizer.json, as keiryo tokenizer-train writes it.")
    private Path path = Path.of("");

    Tokenizer open() throws IOException {
        return TokenizerFiles.open(path);
    }

    /**
     * Metadata with its keys, which a model takes over.
     *
     * @param tokens that it has
     */
    Metadata keys(int tokens) throws IOException {
        if (Files.isDirectory(path)) {
            return new Metadata(path.toString(), HuggingFace.tokenizerMetadata(path, tokens));
        }
        try (Checkpoint other = Checkpoints.open(path)) {
            return EditedCheckpoint.of(other).metadata();
        }
    }
}
