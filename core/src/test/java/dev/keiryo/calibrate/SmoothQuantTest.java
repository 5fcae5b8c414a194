package dev.keiryo.calibrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.Logits;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.TinyModels;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scales folded into every architecture that is known: the model computes as before. */
class SmoothQuantTest {
    private static final EngineOptions EXACT = EngineOptions.defaults().withActivations(ActivationType.F32);
    private static final SequentialGptq.Progress QUIET = (tensor, done, total) -> {};

    @TempDir
    private static Path folder = Path.of("");

    @BeforeAll
    static void writeModels() throws IOException {
        TinyModels.main(new String[] {folder.toString()});
    }

    private static CalibrationTexts texts(int seed) {
        Random random = new Random(seed);
        return new CalibrationTexts(List.of(
                random.ints(14, 0, 64).toArray(),
                random.ints(9, 0, 64).toArray(),
                random.ints(14, 0, 64).toArray()));
    }

    private static Checkpoint open(String model) throws IOException {
        return Gguf.open(folder.resolve(model + ".gguf"));
    }

    private static double difference(float[] a, float[] b) {
        double error = 0;
        double all = 0;
        for (int i = 0; i < a.length; i++) {
            error += Math.pow(a[i] - b[i], 2);
            all += Math.pow(a[i], 2);
        }
        return Math.sqrt(error / all);
    }

    private static SmoothQuant smooth(Engine engine, @Nullable Double alpha) throws IOException {
        return SmoothQuant.run(engine, texts(1), alpha, ActivationRange.MAX, folder, QUIET);
    }

    /** @param inputs matrices whose columns are scaled, in a layer: heads together or apart, output, up, gate, down, routers */
    @ParameterizedTest
    @CsvSource({
        "llama, 7",
        "mixtral, 7",
        "qwen2, 7",
        "qwen2moe, 11",
        "qwen3, 7",
        "qwen3moe, 7",
        "olmoe, 7",
        "gemma, 7",
        "gemma2, 7",
        "gemma3, 7",
        "phi3, 4",
        "granite, 7",
        "gpt2, 3",
        "starcoder2, 5",
        "falcon-7b, 3",
        "falcon-40b, 3",
        "mpt, 2",
        "bert, 1"
    })
    void theModelComputesAsBefore(String model, int inputs) throws IOException {
        int[] ids = new Random(2).ints(14, 0, 64).toArray();
        float[] expected = Logits.of(open(model), ids, null);
        for (Double alpha : new Double[] {0.5, 0.85}) {
            try (Engine engine = Engine.open(open(model), EXACT);
                    SmoothQuant run = smooth(engine, alpha)) {
                int layers = engine.transformer().shape().layers();
                assertEquals(inputs * layers, run.alphas().size(), run.alphas().toString());
                assertTrue(difference(expected, Logits.of(run.model().checkpoint(), ids, null)) < 2e-5);
            }
        }
    }

    /** What is between a matrix and the next decides: behind ReLU scales pass, behind GELU they do not, nor where values are cut off. */
    @Test
    void scalesPassWhereTheyMay() throws IOException {
        int[] ids = new Random(2).ints(14, 0, 64).toArray();
        try (Checkpoint gpt2 = open("gpt2");
                Checkpoint mpt = open("mpt")) {
            for (EditedCheckpoint more : List.of(
                    EditedCheckpoint.of(gpt2).with("gpt2.hidden_act", MetadataValue.of("relu")),
                    EditedCheckpoint.of(mpt).with("mpt.attention.clamp_kqv", MetadataValue.of(0.0)))) {
                float[] expected = Logits.of(more, ids, null);
                try (Engine engine = Engine.open(more, EXACT);
                        SmoothQuant run = smooth(engine, 0.5)) {
                    int before = more.metadata().architecture().equals("gpt2") ? 3 : 2;
                    assertEquals(
                            (before + 1) * engine.transformer().shape().layers(),
                            run.alphas().size());
                    assertTrue(difference(expected, Logits.of(run.model().checkpoint(), ids, null)) < 2e-5);
                }
            }
        }
    }

    /** {@code s_j = max|X_j|^α / max|W_j|^(1-α)}, worked out here from the paper's equation. */
    @Test
    void scalesAreThePapers() throws IOException {
        double alpha = 0.7;
        float[] x = new float[32];
        float[] w = new float[32];
        try (Engine engine = Engine.open(open("llama"), EXACT);
                SmoothQuant run = smooth(engine, alpha)) {
            texts(1).runTogether(engine, inner -> new ForwardingOps(inner) {
                @Override
                public Tensor linear(Linear layer, Tensor input) {
                    String name = layer.weight().name();
                    if (name.equals("blk.1.ffn_gate.weight")) {
                        for (int t = 0; t < input.rows(); t++) {
                            most(((Matrix) input).toArray(t), x);
                        }
                    }
                    return super.linear(layer, input);
                }
            });
            Checkpoint source = engine.checkpoint();
            Checkpoint smoothed = run.model().checkpoint();
            for (String name : new String[] {"blk.1.ffn_gate.weight", "blk.1.ffn_up.weight"}) {
                for (int r = 0; r < 48; r++) {
                    most(numbers(source.weight(name).rows(r, r + 1)), w);
                }
            }
            float[] norm = numbers(source.weight("blk.1.ffn_norm.weight"));
            float[] gate = numbers(source.weight("blk.1.ffn_gate.weight"));
            for (int j = 0; j < 32; j++) {
                double s = Math.pow(x[j], alpha) / Math.pow(w[j], 1 - alpha);
                norm[j] /= (float) s;
                for (int r = 0; r < 48; r++) {
                    gate[32 * r + j] *= (float) s;
                }
            }
            assertArrayEquals(norm, numbers(smoothed.weight("blk.1.ffn_norm.weight")), 1e-5f);
            assertArrayEquals(gate, numbers(smoothed.weight("blk.1.ffn_gate.weight")), 1e-5f);
        }
    }

    private static void most(float[] row, float[] most) {
        for (int j = 0; j < row.length; j++) {
            most[j] = Math.max(most[j], Math.abs(row[j]));
        }
    }

    private static float[] numbers(Weight w) {
        float[] values = new float[(int) w.count()];
        w.decode(0, values, 0, values.length);
        return values;
    }

    /** AWQ folds into the same places; what it has rounded is close, and experts and their router fit each other still. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "mixtral", "qwen2moe", "gemma3", "phi3", "gpt2", "falcon-7b", "falcon-40b"})
    void awqKnowsThemToo(String model) throws IOException {
        int[] ids = new Random(2).ints(14, 0, 64).toArray();
        float[] expected = Logits.of(open(model), ids, null);
        ConvertOptions options = new ConvertOptions(Recipe.Q5_1, 32, List.of(), Importances.NONE);
        try (Engine engine = Engine.open(open(model), EXACT);
                Awq run = Awq.run(engine, texts(1), options, Importances.NONE, QUIET)) {
            assertTrue(
                    run.alphas().values().stream().anyMatch(a -> a > 0),
                    run.alphas().toString());
            double difference = difference(expected, Logits.of(run.model().checkpoint(), ids, null));
            assertTrue(difference > 1e-6 && difference < 0.2, Double.toString(difference));
        }
    }

    @Test
    void refusesWhatItDoesNotKnow() throws IOException {
        try (Checkpoint llama = open("llama")) {
            Checkpoint other = EditedCheckpoint.of(llama).with("general.architecture", MetadataValue.of("mamba"));
            FormatException e = assertThrows(FormatException.class, () -> InputGroups.of(other, "SmoothQuant"));
            assertTrue(String.valueOf(e.getMessage()).contains("architecture mamba; it knows bert"), e.getMessage());
        }
        try (Engine engine = Engine.open(open("llama"), EXACT)) {
            assertThrows(IllegalArgumentException.class, () -> smooth(engine, 1.5));
            assertThrows(IllegalArgumentException.class, () -> smooth(engine, Double.NaN));
        }
    }
}
