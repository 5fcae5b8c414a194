package dev.keiryo.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.quantize.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightHistogramTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void beforeAndAfter() throws IOException {
        Path file = folder.resolve("q4_0.gguf");
        try (Checkpoint reference = Checkpoints.open(TestData.path("models/stories260K/stories260K.bin"))) {
            GgufConverter.convert(reference, file, Recipe.Q4_0, (tensor, done, total) -> {});
            try (Checkpoint model = Checkpoints.open(file)) {
                Map<String, WeightHistogram> kinds = WeightHistogram.of(reference, model);
                assertTrue(kinds.keySet().containsAll(java.util.List.of("attn_q", "attn_v", "ffn_up", "token_embd")));
                WeightHistogram up = Objects.requireNonNull(kinds.get("ffn_up"));
                assertEquals(1, up.reference().stream().mapToDouble(x -> x).sum(), 1e-9);
                assertEquals(1, up.model().stream().mapToDouble(x -> x).sum(), 1e-9);
                // Four bits round small weights to zero, and err by a tenth or so.
                int zero = WeightHistogram.BINS / 2;
                assertTrue(up.model().get(zero) > 1.5 * up.reference().get(zero));
                assertEquals(0.08, up.relativeError(), 0.03);
                Map<String, WeightHistogram> same = WeightHistogram.of(reference, reference);
                same.values().forEach(h -> {
                    assertEquals(h.reference(), h.model());
                    assertEquals(0, h.relativeError());
                });
            }
        }
    }

    /** Scales in a tensor of their own: rows of heads are whole blocks of 64. */
    @Test
    void nestedScales() throws IOException {
        Path file = folder.resolve("nf4-dq.gguf");
        try (Checkpoint reference = Checkpoints.open(TestData.path("models/stories260K/stories260K.bin"))) {
            GgufConverter.convert(reference, file, Recipe.NF4_DQ, (tensor, done, total) -> {});
            try (Checkpoint model = Checkpoints.open(file)) {
                WeightHistogram up = Objects.requireNonNull(
                        WeightHistogram.of(reference, model).get("ffn_up"));
                assertEquals(0.09, up.relativeError(), 0.02);
            }
        }
    }

    @Test
    void sizes() throws IOException {
        Path path = TestData.path("models/stories260K/stories260K.bin");
        try (Checkpoint checkpoint = Checkpoints.open(path)) {
            ModelSize size = ModelSize.of(checkpoint);
            assertEquals(Files.size(path), size.fileBytes());
            assertEquals(32, size.bitsPerWeight());
        }
    }
}
