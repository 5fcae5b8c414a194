package dev.keiryo.calibrate;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Logits;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.model.TinyModels;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calibrated methods on T5: matrices of the encoder, of the decoder, and of its attention to the encoder. */
class EncoderDecoderCalibrationTest {
    private static final EngineOptions EXACT = EngineOptions.defaults().withActivations(ActivationType.F32);
    private static final SequentialGptq.Progress QUIET = (tensor, done, total) -> {};

    /** In the layers of golden t5: 2 of 4 + 3 matrices in the encoder, 2 of 8 + 3 in the decoder. */
    private static final int MATRICES = 36;

    @TempDir
    private static Path folder = Path.of("");

    @BeforeAll
    static void writeModels() throws IOException {
        TinyModels.main(new String[] {folder.toString()});
    }

    private static Checkpoint golden() throws IOException {
        return Gguf.open(TestData.path("golden/architectures/t5.gguf"));
    }

    private static CalibrationTexts texts(int vocabulary, int count) {
        Random random = new Random(3);
        List<int[]> sources = new ArrayList<>();
        List<int[]> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sources.add(random.ints(10 + 7 * i, 0, vocabulary).toArray());
            texts.add(random.ints(25 - 2 * i, 0, vocabulary).toArray());
        }
        return new CalibrationTexts(sources, texts);
    }

    /** Rows of what comes to each matrix, kept as they pass by; each text on its own. */
    private static Map<String, List<float[]>> inputs(Engine engine, CalibrationTexts texts) {
        Map<String, List<float[]>> inputs = new TreeMap<>();
        for (int i = 0; i < texts.texts().size(); i++) {
            try (Sequence sequence = engine.newSequence(100)) {
                engine.forward(
                        Batch.of(sequence, texts.sources().get(i), Batch.Output.NONE),
                        Batch.of(sequence, texts.texts().get(i), Batch.Output.ALL),
                        inner -> keeping(inner, inputs));
            }
        }
        return inputs;
    }

    private static Ops keeping(Ops inner, Map<String, List<float[]>> inputs) {
        return new ForwardingOps(inner) {
            @Override
            public Tensor linear(Linear layer, Tensor x) {
                List<float[]> rows = inputs.computeIfAbsent(layer.weight().name(), n -> new ArrayList<>());
                for (int r = 0; r < x.rows(); r++) {
                    rows.add(((Matrix) x).toArray(r));
                }
                return super.linear(layer, x);
            }
        };
    }

    @Test
    void importanceIsTheMeanSquareOfWhatComesToEachMatrix() throws IOException {
        CalibrationTexts texts = texts(512, 5);
        try (Engine engine = Engine.open(golden(), EXACT)) {
            Map<String, List<float[]>> inputs = inputs(engine, texts);
            ImportanceMatrix found = ImportanceMatrix.measured(engine, texts, false, "random", done -> {});
            assertEquals(MATRICES, found.entries().size());
            long sourceTokens = texts.sources().stream().mapToInt(t -> t.length).sum();
            long textTokens = texts.texts().stream().mapToInt(t -> t.length).sum();
            for (ImportanceMatrix.Entry e : found.entries()) {
                List<float[]> rows = requireNonNull(inputs.get(e.tensor()));
                boolean reads = e.tensor().startsWith("enc.") || e.tensor().matches(".*cross_attn_[kv].*");
                assertEquals(reads ? sourceTokens : textTokens, rows.size(), e.tensor());
                assertEquals(rows.size(), e.counts()[0]);
                float[] means = requireNonNull(found.of(e.tensor()));
                for (int j = 0; j < means.length; j++) {
                    int column = j;
                    double squares = rows.stream()
                            .mapToDouble(x -> (double) x[column] * x[column])
                            .sum();
                    assertEquals(squares / rows.size(), means[j], 1e-5 * squares / rows.size(), e.tensor());
                }
            }
        }
    }

    /** {@code ‖X·(W - Q)ᵀ‖²}. */
    private static double error(List<float[]> x, Weight w, Weight q) {
        float[] d = new float[w.rows() * w.cols()];
        float[] rounded = d.clone();
        w.decode(0, d, 0, d.length);
        q.decode(0, rounded, 0, d.length);
        for (int i = 0; i < d.length; i++) {
            d[i] -= rounded[i];
        }
        double sum = 0;
        for (float[] row : x) {
            for (int r = 0; r < w.rows(); r++) {
                double y = 0;
                for (int j = 0; j < w.cols(); j++) {
                    y += (double) row[j] * d[r * w.cols() + j];
                }
                sum += y * y;
            }
        }
        return sum;
    }

    /** On what comes to each matrix where those before are rounded, the nearest loses more. */
    @ParameterizedTest
    @ValueSource(strings = {"INT3", "Q4_0", "NF4"})
    void gptqLosesLessThanTheNearestInEachMatrix(Recipe recipe) throws IOException {
        CalibrationTexts texts = texts(512, 12);
        ConvertOptions options = new ConvertOptions(recipe, 32, List.of(), Importances.NONE);
        Path nearest = folder.resolve("nearest.gguf");
        try (Engine engine = Engine.open(golden(), EXACT);
                SequentialGptq run =
                        SequentialGptq.run(engine, texts, options, SequentialGptq.Options.DEFAULT, QUIET)) {
            Checkpoint source = engine.checkpoint();
            assertEquals(MATRICES, run.model().finished().size());
            GgufConverter.convert(source, nearest, options, (tensor, done, total) -> {});
            try (Engine rounded = Engine.open(EditedCheckpoint.of(run.model().checkpoint()), EXACT);
                    Checkpoint plain = Gguf.open(nearest)) {
                Map<String, List<float[]>> inputs = inputs(rounded, texts);
                for (String name : run.model().finished()) {
                    Weight w = source.weight(name);
                    List<float[]> x = requireNonNull(inputs.get(name));
                    double ours = error(x, w, run.model().checkpoint().weight(name));
                    double theirs = error(x, w, plain.weight(name));
                    assertTrue(ours < theirs, name + ": " + ours + " " + theirs);
                }
            }
        }
    }

    /** @param model with ReLU, and with GELU and a gate */
    @ParameterizedTest
    @ValueSource(strings = {"t5", "flan-t5"})
    void scalesFoldedInLeaveTheModelAsItWas(String model) throws IOException {
        int[] source = new Random(2).ints(14, 0, 64).toArray();
        int[] text = new Random(5).ints(9, 0, 64).toArray();
        Path file = folder.resolve(model + ".gguf");
        float[] expected = Logits.of(Gguf.open(file), source, text);
        CalibrationTexts texts = texts(64, 4);
        try (Engine engine = Engine.open(Gguf.open(file), EXACT);
                SmoothQuant run = SmoothQuant.run(engine, texts, 0.7, ActivationRange.MAX, folder, QUIET)) {
            int ffn = model.equals("t5") ? 2 : 3;
            assertEquals(
                    2 * (4 + ffn) + 2 * (8 + ffn),
                    run.alphas().size(),
                    run.alphas().toString());
            float[] found = Logits.of(EditedCheckpoint.of(run.model().checkpoint()), source, text);
            assertTrue(difference(expected, found) < 2e-5);
        }
        ConvertOptions options = new ConvertOptions(Recipe.Q5_1, 32, List.of(), Importances.NONE);
        try (Engine engine = Engine.open(Gguf.open(file), EXACT);
                Awq run = Awq.run(engine, texts, options, Importances.NONE, QUIET)) {
            assertTrue(run.alphas().values().stream().anyMatch(a -> a > 0));
            double difference = difference(
                    expected, Logits.of(EditedCheckpoint.of(run.model().checkpoint()), source, text));
            assertTrue(difference > 1e-6 && difference < 0.2, Double.toString(difference));
        }
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

    @Test
    void staticScalesCoverWhatComes() throws IOException {
        CalibrationTexts texts = texts(512, 3);
        try (Engine engine = Engine.open(golden(), EXACT)) {
            Map<String, Float> found =
                    StaticRanges.of(engine, texts, ActivationRange.MAX, QUIET).byTensor();
            for (Map.Entry<String, List<float[]>> e : inputs(engine, texts).entrySet()) {
                float most = 0;
                for (float[] row : e.getValue()) {
                    for (float x : row) {
                        most = Math.max(most, Math.abs(x));
                    }
                }
                assertEquals(most / 127, requireNonNull(found.get(e.getKey())), 1e-6 * most, e.getKey());
            }
        }
    }

    @Test
    void textsAreForTheModelsKind() throws IOException {
        try (Engine t5 = Engine.open(golden(), EXACT);
                Engine llama = Engine.open(Gguf.open(folder.resolve("llama.gguf")), EXACT)) {
            CalibrationTexts plain = new CalibrationTexts(texts(64, 2).texts());
            assertThrows(IllegalArgumentException.class, () -> plain.runTogether(t5, inner -> inner));
            assertThrows(IllegalArgumentException.class, () -> texts(64, 2).run(llama, inner -> inner, done -> {}));
        }
    }
}
