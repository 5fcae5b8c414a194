package dev.keiryo.checkpoint;

import dev.keiryo.FormatException;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.huggingface.HuggingFace;
import dev.keiryo.llama2c.Llama2c;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Opens a model of any known format, told by its content. */
public final class Checkpoints {
    private static final int GGUF = 0x46554747;
    private static final int LLAMA2C = 0x616b3432;
    private static final int ZIP = 0x04034b50;

    private Checkpoints() {}

    /**
     * Opens a GGUF file (or any of its shards), a safetensors file or index with {@code config.json} beside it, a
     * llama2.c checkpoint, an ONNX export of a BERT, or a folder with one of the first two. The caller closes it.
     *
     * @throws FormatException where it is none of these, or not as its format demands
     */
    public static Checkpoint open(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new FormatException(path.toString(), "no such file or folder");
        }
        if (Files.isDirectory(path)) {
            return Files.exists(path.resolve("config.json")) ? HuggingFace.open(path) : Gguf.open(onlyGguf(path));
        }
        String name = String.valueOf(path.getFileName());
        if (name.equals("config.json")) {
            return HuggingFace.open(path.resolveSibling(""));
        }
        if (Files.isRegularFile(path) && Files.size(path) == 0) {
            throw new FormatException(path.toString(), "the file is empty");
        }
        ByteBuffer head = head(path);
        int magic = head.getInt(0);
        if (magic == GGUF) {
            return Gguf.open(path);
        }
        if (name.endsWith(".onnx")) {
            return HuggingFace.openOnnx(path);
        }
        if (name.endsWith(".safetensors.index.json") || head.get(8) == '{') {
            return HuggingFace.open(path);
        }
        if (magic == ZIP || head.get(0) == (byte) 0x80) {
            throw new FormatException(
                    path.toString(), "is a PyTorch archive, which can hold programs; convert it to safetensors");
        }
        if (magic == LLAMA2C || name.endsWith(".bin")) {
            return Llama2c.open(path);
        }
        throw new FormatException(
                path.toString(),
                "is no model: neither GGUF nor safetensors nor, by the name .onnx, ONNX nor, by its magic number or the name"
                        + " .bin, llama2.c");
    }

    /** The first 9 bytes; zeros beyond the end. */
    private static ByteBuffer head(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] head = new byte[9];
            in.readNBytes(head, 0, head.length);
            return ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    /** A folder's GGUF file, or the first of its shards. */
    private static Path onlyGguf(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(f -> f.toString().endsWith(".gguf"))
                    .filter(f -> !f.toString().matches(".*-\\d{5}-of-\\d{5}\\.gguf")
                            || f.toString().matches(".*-00001-of-\\d{5}\\.gguf"))
                    .sorted()
                    .toList();
        }
        if (files.size() != 1) {
            throw new FormatException(
                    folder.toString(),
                    files.isEmpty()
                            ? "the folder holds neither config.json nor a GGUF file; a llama2.c checkpoint is named itself"
                            : "the folder holds " + files.size() + " GGUF models; name one");
        }
        return files.getFirst();
    }
}
