package dev.keiryo.prune;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.prune.PruneOptions.Method;
import dev.keiryo.prune.Sparsity.Ratio;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Single weights of T5, chosen by what comes to them, layer by layer through the encoder and then the decoder. */
class EncoderDecoderPruningTest {
    private static final EngineOptions EXACT = EngineOptions.defaults().withActivations(ActivationType.F32);

    @TempDir
    private Path folder = Path.of("");

    private static CalibrationTexts texts() {
        Random random = new Random(6);
        return new CalibrationTexts(
                IntStream.of(700, 21, 600, 40)
                        .mapToObj(n -> random.ints(n, 0, 512).toArray())
                        .toList(),
                IntStream.of(9, 500, 30, 11)
                        .mapToObj(n -> random.ints(n, 0, 512).toArray())
                        .toList());
    }

    private static Checkpoint golden() throws IOException {
        return Gguf.open(TestData.path("golden/architectures/t5.gguf"));
    }

    private PrunedModel prune(Checkpoint source, Method method) throws IOException {
        PruneOptions options = PruneOptions.NONE.withWeights(method, new Ratio(0.5));
        return PrunedModel.of(source, options, texts(), EngineOptions.defaults(), folder, PruneProgress.NONE);
    }

    private static float[] values(Weight w) {
        float[] values = new float[(int) w.count()];
        w.decode(0, values, 0, values.length);
        return values;
    }

    /** {@code Σ x_j²} of each matrix's inputs, texts one after the other. */
    private static Map<String, double[]> squares(Checkpoint model) throws IOException {
        Map<String, double[]> squares = new HashMap<>();
        CalibrationTexts texts = texts();
        try (Engine engine = Engine.open(EditedCheckpoint.of(model), EXACT)) {
            for (int i = 0; i < texts.texts().size(); i++) {
                try (Sequence sequence = engine.newSequence(700)) {
                    engine.forward(
                            Batch.of(sequence, texts.sources().get(i), Batch.Output.NONE),
                            Batch.of(sequence, texts.texts().get(i), Batch.Output.NONE),
                            inner -> new ForwardingOps(inner) {
                                @Override
                                public Tensor linear(Linear layer, Tensor x) {
                                    double[] sums = squares.computeIfAbsent(
                                            layer.weight().name(), n -> new double[x.cols()]);
                                    for (int r = 0; r < x.rows(); r++) {
                                        float[] row = ((Matrix) x).toArray(r);
                                        for (int j = 0; j < row.length; j++) {
                                            sums[j] += (double) row[j] * row[j];
                                        }
                                    }
                                    return super.linear(layer, x);
                                }
                            });
                }
            }
        }
        return squares;
    }

    /** Each layer sees what those before give as pruned: of each row, the half with the least {@code |w|·‖x‖} is gone. */
    @Test
    void wandaTakesWhatMattersLeast() throws IOException {
        try (Checkpoint source = golden();
                PrunedModel pruned = prune(source, Method.WANDA)) {
            EditedCheckpoint soFar = EditedCheckpoint.of(source);
            int matrices = 0;
            for (String layer : List.of("enc.blk.0.", "enc.blk.1.", "dec.blk.0.", "dec.blk.1.")) {
                Map<String, double[]> squares = squares(soFar);
                for (Weight w : SparseWeights.matrices(source)) {
                    if (w.name().startsWith(layer)) {
                        Weight sparse = pruned.checkpoint().weight(w.name());
                        assertIsWanda(values(w), values(sparse), requireNonNull(squares.get(w.name())), w.name());
                        soFar.replace(sparse);
                        matrices++;
                    }
                }
            }
            assertEquals(36, matrices);
        }
    }

    private static void assertIsWanda(float[] w, float[] sparse, double[] squares, String name) {
        int cols = squares.length;
        for (int r = 0; r < w.length / cols; r++) {
            double leastKept = Double.POSITIVE_INFINITY;
            double mostGone = 0;
            int gone = 0;
            for (int j = 0; j < cols; j++) {
                double score = Math.abs(w[r * cols + j]) * Math.sqrt(squares[j]);
                if (sparse[r * cols + j] == 0) {
                    gone++;
                    mostGone = Math.max(mostGone, score);
                } else {
                    assertEquals(w[r * cols + j], sparse[r * cols + j]);
                    leastKept = Math.min(leastKept, score);
                }
            }
            assertEquals(cols / 2, gone, name);
            // Sums in another order may change places where two are all but equal.
            assertTrue(mostGone <= leastKept * (1 + 1e-4), name + " row " + r + ": " + mostGone + " " + leastKept);
        }
    }

    @Test
    void sparseGptMakesUpForWhatIsGone() throws IOException {
        try (Checkpoint source = golden();
                PrunedModel pruned = prune(source, Method.SPARSEGPT)) {
            for (Weight w : SparseWeights.matrices(source)) {
                float[] before = values(w);
                float[] after = values(pruned.checkpoint().weight(w.name()));
                int zeros = 0;
                int changed = 0;
                for (int i = 0; i < before.length; i++) {
                    zeros += after[i] == 0 ? 1 : 0;
                    changed += after[i] != 0 && after[i] != before[i] ? 1 : 0;
                }
                assertEquals(before.length / 2.0, zeros, 2.0, w.name());
                assertTrue(changed > before.length / 3, w.name() + ": " + changed);
            }
        }
    }

    /** What was interrupted in the encoder, and in the decoder, comes to the same bits. */
    @Test
    void goesOnInEitherStack() throws IOException {
        PruneOptions options = PruneOptions.NONE.withWeights(Method.WANDA, new Ratio(0.5));
        try (Checkpoint source = golden();
                PrunedModel whole = prune(source, Method.WANDA)) {
            for (String end : Stream.of(1, 2, 3).map(i -> "layer " + i).toList()) {
                Path finished = folder.resolve(end);
                try {
                    PrunedModel.of(source, options, texts(), EXACT, folder, finished, (stage, done, total) -> {
                                if (stage.endsWith(end)) {
                                    throw new IllegalStateException("interrupted");
                                }
                            })
                            .close();
                } catch (IllegalStateException e) {
                    assertEquals("interrupted", e.getMessage());
                }
                try (PrunedModel again =
                        PrunedModel.of(source, options, texts(), EXACT, folder, finished, PruneProgress.NONE)) {
                    for (Weight w : SparseWeights.matrices(source)) {
                        assertArrayEquals(
                                values(whole.checkpoint().weight(w.name())),
                                values(again.checkpoint().weight(w.name())),
                                end + " " + w.name());
                    }
                }
            }
        }
    }
}
