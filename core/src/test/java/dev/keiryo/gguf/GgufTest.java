package dev.keiryo.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Files that other programs wrote. */
class GgufTest {
    @TestFactory
    Stream<DynamicTest> opensEveryGoldenModel() throws IOException {
        return files("golden")
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> {
                    try (Gguf gguf = Gguf.open(file)) {
                        String architecture = gguf.metadata().architecture();
                        int dim = gguf.metadata().integer(architecture + ".embedding_length");
                        Weight embedding = gguf.weight("token_embd.weight");
                        assertArrayEquals(new long[] {512, dim}, embedding.shape());
                        assertEquals(512, embedding.rows());
                        assertTrue(gguf.weights().size() > 10);
                        assertEquals(List.of(file), gguf.files());
                        // the files hold nothing but headers and tensors, so the last tensor ends at the end, but for
                        // padding
                        long data = gguf.weights().stream()
                                .mapToLong(w -> w.data().byteSize())
                                .sum();
                        assertTrue(data < Files.size(file) && data > Files.size(file) / 2);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> opensEveryVocabulary() throws IOException {
        return files("tokenizers/ggml-vocab")
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> {
                    try (Gguf gguf = Gguf.open(file)) {
                        int tokens = gguf.metadata().strings("tokenizer.ggml.tokens").length;
                        long[] types = gguf.metadata().integersOrNull("tokenizer.ggml.token_type");
                        assertTrue(tokens > 30_000 && types != null && types.length == tokens);
                        assertTrue(gguf.weights().isEmpty());
                    }
                }));
    }

    @Test
    void weightsAreThoseOfTheReferenceReader() throws IOException {
        byte[] expected = Files.readAllBytes(TestData.path("golden/quantization/F32.ffn_down-rows0-3.f32"));
        try (Gguf gguf = Gguf.open(TestData.path("golden/quantization/F32.gguf"))) {
            Weight w = gguf.weight("blk.0.ffn_down.weight");
            assertEquals(TensorType.F32, w.type());
            assertArrayEquals(expected, w.data().asSlice(0, expected.length).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void valuesAreThoseOfLlama2() throws IOException {
        try (Gguf gguf = Gguf.open(TestData.path("tokenizers/ggml-vocab/ggml-vocab-llama-spm.gguf"))) {
            String[] tokens = gguf.metadata().strings("tokenizer.ggml.tokens");
            assertEquals(32000, tokens.length);
            assertEquals(
                    List.of("<unk>", "<s>", "</s>", "<0x00>"),
                    Arrays.asList(tokens).subList(0, 4));
            assertEquals("▁the", tokens[278]);
            double[] scores = gguf.metadata().realsOrNull("tokenizer.ggml.scores");
            assertTrue(scores != null && scores[278] == -19);
            assertEquals(1e-5f, gguf.metadata().real("llama.attention.layer_norm_rms_epsilon"));
            assertFalse(gguf.metadata().has("split.count"));
        }
    }

    private static Stream<Path> files(String folder) throws IOException {
        try (Stream<Path> all = Files.walk(TestData.path(folder))) {
            return all.filter(p -> p.toString().endsWith(".gguf")).sorted().toList().stream();
        }
    }
}
