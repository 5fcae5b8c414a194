package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.quantize.ActivationScales;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Inputs in 8 bits with a scale for each block, each token, or all tokens. */
class ActivationTypeTest {
    private static final int TOKENS = 24;
    private static final String TENSORS = "keiryo.activation_scale.tensors";
    private static final String VALUES = "keiryo.activation_scale.values";

    /** Every matrix's inputs have the scale {@code d}. */
    static EditedCheckpoint withScales(Checkpoint source, float d) throws IOException {
        Map<String, Float> scales = new LinkedHashMap<>();
        for (Weight w : source.weights()) {
            if (w.shape().length == 2) {
                scales.put(w.name(), d);
            }
        }
        EditedCheckpoint edited = EditedCheckpoint.of(source);
        for (Map.Entry<String, MetadataValue> e :
                new ActivationScales(scales, "test").metadata().entrySet()) {
            edited = edited.with(e.getKey(), e.getValue());
        }
        return edited;
    }

    private static float[][] logits(Checkpoint checkpoint, ActivationType type, int piece) throws IOException {
        EngineOptions options = EngineOptions.defaults().withActivations(type).withThreads(1 + piece % 2);
        List<float[]> all = new ArrayList<>();
        int[] ids = new Random(3).ints(TOKENS, 0, 500).toArray();
        try (Engine engine = Engine.open(checkpoint, options);
                Sequence sequence = engine.newSequence(TOKENS);
                Sequence other = engine.newSequence(TOKENS)) {
            for (int from = 0; from < TOKENS; from += piece) {
                int to = Math.min(TOKENS, from + piece);
                Batch batch = new Batch().add(sequence, ids, from, to, Batch.Output.ALL);
                if (piece > 1) {
                    batch.add(other, ids, 0, 1, Batch.Output.NONE);
                }
                Matrix m = engine.forward(batch);
                for (int r = 0; r < to - from; r++) {
                    all.add(m.toArray(r));
                }
            }
        }
        return all.toArray(float[][]::new);
    }

    /** Each token's logits are the same bits alone, in pieces, and beside other texts. */
    @ParameterizedTest
    @EnumSource(ActivationType.class)
    void batchesChangeNothing(ActivationType type) throws IOException {
        for (String model : List.of("Q8_0", "Q4_K_M", "Q6_K")) {
            try (Checkpoint file = Gguf.open(TestData.path("golden/quantization/" + model + ".gguf"))) {
                float[][] expected = logits(withScales(file, 0.02f), type, 1);
                for (int piece : new int[] {7, TOKENS}) {
                    float[][] actual = logits(withScales(file, 0.02f), type, piece);
                    for (int t = 0; t < TOKENS; t++) {
                        assertArrayEquals(expected[t], actual[t], type + " " + model + " " + piece + " token " + t);
                    }
                }
            }
        }
    }

    private static double error(float[][] expected, float[][] actual) {
        double error = 0;
        double all = 0;
        for (int t = 0; t < expected.length; t++) {
            for (int i = 0; i < expected[t].length; i++) {
                error += Math.pow(actual[t][i] - expected[t][i], 2);
                all += Math.pow(expected[t][i], 2);
            }
        }
        return Math.sqrt(error / all);
    }

    /** Blocks of 32 lose less than whole tokens, these less than one scale for all, be it far too small or too large. */
    @Test
    void finerScalesLoseLess() throws IOException {
        try (Checkpoint file = Gguf.open(TestData.path("golden/quantization/Q8_0.gguf"))) {
            float[][] exact = logits(EditedCheckpoint.of(file), ActivationType.F32, TOKENS);
            double block = error(exact, logits(EditedCheckpoint.of(file), ActivationType.INT8, TOKENS));
            double token = error(exact, logits(EditedCheckpoint.of(file), ActivationType.INT8_TOKEN, TOKENS));
            double fixed = error(exact, logits(withScales(file, 0.05f), ActivationType.INT8_STATIC, TOKENS));
            double tiny = error(exact, logits(withScales(file, 0.0005f), ActivationType.INT8_STATIC, TOKENS));
            double huge = error(exact, logits(withScales(file, 0.5f), ActivationType.INT8_STATIC, TOKENS));
            String all = block + " " + token + " " + fixed + " " + tiny + " " + huge;
            assertTrue(block > 0 && block < 0.02, all);
            assertTrue(token > block && token < 2 * block, all);
            assertTrue(fixed > token && fixed < 0.1, all);
            assertTrue(tiny > 2 * fixed && huge > 2 * fixed, all);
        }
    }

    /** Weights that are not quantized need no scales, and take their inputs as they are. */
    @Test
    void plainWeightsNeedNoScales() throws IOException {
        Checkpoint a = Gguf.open(TestData.path("golden/architectures/llama-gqa.gguf"));
        Checkpoint b = Gguf.open(TestData.path("golden/architectures/llama-gqa.gguf"));
        float[][] expected = logits(a, ActivationType.F32, TOKENS);
        float[][] actual = logits(b, ActivationType.INT8_STATIC, TOKENS);
        assertArrayEquals(expected[TOKENS - 1], actual[TOKENS - 1]);
    }

    @Test
    void saysWhichScaleIsMissing() throws IOException {
        EngineOptions options = EngineOptions.defaults().withActivations(ActivationType.INT8_STATIC);
        try (Checkpoint file = Gguf.open(TestData.path("golden/quantization/Q8_0.gguf"))) {
            EditedCheckpoint none = EditedCheckpoint.of(file);
            FormatException e = assertThrows(FormatException.class, () -> Engine.open(none, options));
            assertTrue(String.valueOf(e.getMessage()).contains("--activation-range"), e.getMessage());
            EditedCheckpoint other = none.with(TENSORS, MetadataValue.of(new String[] {"blk.0.attn_q.weight"}))
                    .with(VALUES, MetadataValue.of(new double[] {0.5}));
            e = assertThrows(FormatException.class, () -> Engine.open(other, options));
            assertTrue(String.valueOf(e.getMessage()).startsWith("blk.0.attn_k.weight"), e.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e-300})
    void refusesScalesThatAreNone(double d) throws IOException {
        try (Checkpoint file = Gguf.open(TestData.path("golden/quantization/Q8_0.gguf"))) {
            EditedCheckpoint bad = EditedCheckpoint.of(file)
                    .with(TENSORS, MetadataValue.of(new String[] {"a", "b"}))
                    .with(VALUES, MetadataValue.of(new double[] {1, d}));
            FormatException e = assertThrows(FormatException.class, () -> ActivationScales.read(bad.metadata()));
            assertTrue(String.valueOf(e.getMessage()).contains("of b"), e.getMessage());
            for (double[] values : new double[][] {{}, {1}, {1, 1, 1}}) {
                EditedCheckpoint uneven = bad.with(VALUES, MetadataValue.of(values));
                assertThrows(FormatException.class, () -> ActivationScales.read(uneven.metadata()));
            }
            EditedCheckpoint wrong = bad.with(VALUES, MetadataValue.of("x"));
            assertThrows(FormatException.class, () -> ActivationScales.read(wrong.metadata()));
            EditedCheckpoint twice = bad.with(TENSORS, MetadataValue.of(new String[] {"a", "a"}))
                    .with(VALUES, MetadataValue.of(new double[] {1, 2}));
            assertThrows(FormatException.class, () -> ActivationScales.read(twice.metadata()));
        }
    }

    @Test
    void scalesOfPartsAreTheWholes() throws IOException {
        ActivationScales scales = new ActivationScales(Map.of("blk.0.attn_qkv.weight", 0.5f), "max");
        assertEquals(0.5f, scales.of("blk.0.attn_qkv.weight[0:64]"));
        assertEquals(0.5f, scales.of("blk.0.attn_qkv.weight[3]"));
    }
}
