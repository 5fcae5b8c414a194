package dev.keiryo.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The tokenizers library: ids alone, as its Java face copies much else. */
final class RustTokenizer implements AutoCloseable {
    private static final TokenizersLibrary LIBRARY = TokenizersLibrary.LIB;

    private final HuggingFaceTokenizer tokenizer;

    private RustTokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    static RustTokenizer read(Path file) throws IOException {
        return new RustTokenizer(HuggingFaceTokenizer.newInstance(
                file, Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false")));
    }

    static RustTokenizer parse(String json) throws IOException {
        Path file = Files.createTempFile("tokenizer", ".json");
        try {
            Files.write(file, json.getBytes(StandardCharsets.UTF_8));
            return read(file);
        } finally {
            Files.delete(file);
        }
    }

    int[] encode(String text, boolean addSpecial) {
        return ids(LIBRARY.encode(tokenizer.getHandle(), text, addSpecial));
    }

    int[][] encode(List<String> texts, boolean addSpecial) {
        long[] encodings = LIBRARY.batchEncode(tokenizer.getHandle(), texts.toArray(String[]::new), addSpecial);
        return Arrays.stream(encodings).mapToObj(RustTokenizer::ids).toArray(int[][]::new);
    }

    private static int[] ids(long encoding) {
        try {
            return Arrays.stream(LIBRARY.getTokenIds(encoding))
                    .mapToInt(Math::toIntExact)
                    .toArray();
        } finally {
            LIBRARY.deleteEncoding(encoding);
        }
    }

    String decode(int[] ids, boolean skipSpecial) {
        return LIBRARY.decode(
                tokenizer.getHandle(), Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
