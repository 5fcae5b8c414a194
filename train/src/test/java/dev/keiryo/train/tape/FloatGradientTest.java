package dev.keiryo.train.tape;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.train.tape.TapeOptions.Storage;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Float32 against the same in double precision. */
class FloatGradientTest {
    @ParameterizedTest
    @MethodSource("dev.keiryo.train.tape.GradientModels#names")
    void gradientsAreThoseOfDoublePrecision(String name) throws Exception {
        compare(name, 20, 9, TapeOptions.of(64));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gemma2", "llama-gqa", "t5", "mixtral"})
    void longerThanATile(String name) throws Exception {
        compare(name, 150, 67, TapeOptions.of(512));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gemma2", "llama-gqa", "t5", "mixtral", "gpt2"})
    void withDropoutCheckpointsAndSlicedLogits(String name) throws Exception {
        compare(
                name,
                30,
                20,
                TapeOptions.of(64).withDropout(0.25).withCheckpointedLayers(100).withLogitBytes(9000));
    }

    /** Both round what they keep: few numbers lie so near a tie that they are rounded to different sides. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa", "t5", "mixtral", "gpt2"})
    void storedInBfloat16(String name) throws Exception {
        compare(name, 150, 67, TapeOptions.of(512).withStorage(Storage.BF16), 2e-3);
        compare(name, 30, 20, TapeOptions.of(64).withStorage(Storage.BF16).withCheckpointedLayers(1), 2e-3);
    }

    /** Rounding is to 8 bits: each tensor's gradient is off by some 2^-8 of its norm. T5 does not scale its scores down: they are off by as much as they are large. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa", "t5", "mixtral", "gpt2"})
    void storingInBfloat16ChangesLittle(String name) throws Exception {
        TrainBatch batch = batch(150, 67, 3);
        TapeOptions options = TapeOptions.of(512);
        Map<String, double[]> exact = gradients(name, options, new FloatArithmetic(new Workers(2)), batch);
        Map<String, double[]> rounded =
                gradients(name, options.withStorage(Storage.BF16), new FloatArithmetic(new Workers(2)), batch);
        double most = 0;
        for (String tensor : exact.keySet()) {
            double[] e = requireNonNull(exact.get(tensor));
            double[] r = requireNonNull(rounded.get(tensor));
            double size = Math.sqrt(difference(e, new double[e.length]));
            double error = Math.sqrt(difference(e, r));
            assertTrue(error <= (name.equals("t5") ? 0.1 : 0.02) * size + 1e-5, tensor + ": " + error + " of " + size);
            most = Math.max(most, error / size);
        }
        assertTrue(most > 1e-4, "nothing was rounded");
        assertEquals(
                requireNonNull(exact.get("loss"))[0],
                requireNonNull(rounded.get("loss"))[0],
                0,
                "the way there is exact");
    }

    private static double difference(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }

    @Test
    void threadsChangeNothing() throws Exception {
        TrainBatch batch = batch(100, 60, 1);
        Map<String, double[]> one =
                gradients("llama-gqa", TapeOptions.of(512), new FloatArithmetic(new Workers(1)), batch);
        Map<String, double[]> three =
                gradients("llama-gqa", TapeOptions.of(512), new FloatArithmetic(new Workers(3)), batch);
        one.forEach((tensor, g) -> assertTrue(Arrays.equals(g, three.get(tensor)), tensor));
    }

    @Test
    void checkpointsChangeNothing() throws Exception {
        TrainBatch batch = batch(100, 60, 1);
        TapeOptions options = TapeOptions.of(512).withDropout(0.1);
        Map<String, double[]> kept = gradients("mixtral", options, new FloatArithmetic(new Workers(2)), batch);
        Map<String, double[]> again =
                gradients("mixtral", options.withCheckpointedLayers(9), new FloatArithmetic(new Workers(2)), batch);
        kept.forEach((tensor, g) -> assertTrue(Arrays.equals(g, again.get(tensor)), tensor));
    }

    private static void compare(String name, int tokens, int second, TapeOptions options) throws Exception {
        compare(name, tokens, second, options, 1e-4);
    }

    /** @param bound of a tensor's error, of its norm */
    private static void compare(String name, int tokens, int second, TapeOptions options, double bound)
            throws Exception {
        TrainBatch batch = batch(tokens, second, 3);
        Map<String, double[]> wide = gradients(name, options, new DoubleArithmetic(), batch);
        Map<String, double[]> narrow = gradients(name, options, new FloatArithmetic(new Workers(2)), batch);
        assertEquals(wide.keySet(), narrow.keySet());
        for (String tensor : wide.keySet()) {
            double[] w = requireNonNull(wide.get(tensor));
            double[] n = requireNonNull(narrow.get(tensor));
            double error = difference(w, n);
            double size = difference(w, new double[w.length]);
            // A key's bias shifts all scores of a query alike: its gradient is 0.
            assertTrue(
                    error <= bound * bound * size + 1e-11, tensor + ": " + Math.sqrt(error) + " of " + Math.sqrt(size));
        }
    }

    private static TrainBatch batch(int tokens, int second, int step) {
        Random random = new Random(3);
        int[] outputs = new int[Math.ceilDiv(tokens, step)];
        Arrays.setAll(outputs, i -> i * step);
        return new TrainBatch(random.ints(tokens, 0, 512).toArray(), new int[] {0, second}, outputs);
    }

    private static <M extends Tensor> Map<String, double[]> gradients(
            String name, TapeOptions options, Arithmetic<M> arithmetic, TrainBatch batch) throws Exception {
        try (Arena arena = Arena.ofConfined();
                Parameters parameters = new Parameters(
                        Checkpoints.open(TestData.path("golden/architectures/" + name + ".gguf")),
                        tensor -> !tensor.startsWith("rope_"));
                Tape<M> tape = new Tape<>(arithmetic, parameters, options)) {
            Transformer model = Architectures.read(new Weights(parameters, arena));
            boolean twoTexts = model.kind() == Transformer.Kind.ENCODER_DECODER;
            Tensor result = tape.run(model, twoTexts ? batch(80, 30, 100) : null, batch, 5);
            Random random = new Random(2);
            Map<String, double[]> found = new HashMap<>();
            if (model.kind() == Transformer.Kind.ENCODER) {
                M dy = tape.gradientOf(result);
                for (int r = 0; r < result.rows(); r++) {
                    for (int c = 0; c < result.cols(); c++) {
                        arithmetic.put(dy, r, c, random.nextGaussian());
                    }
                }
            } else {
                int n = result.rows();
                float[] weights = new float[n];
                Arrays.fill(weights, 1);
                weights[1] = 0.5f;
                double loss = tape.crossEntropy(result, random.ints(n, 0, 512).toArray(), weights, n);
                found.put("loss", new double[] {loss});
            }
            tape.back();
            tape.gradients().all().forEach((tensor, g) -> {
                double[] values = new double[g.rows() * g.cols()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = g instanceof Matrix m
                            ? m.data().getAtIndex(Matrix.F32, i)
                            : ((Doubles) (Tensor) g).data()[i];
                }
                found.put(tensor, values);
            });
            return found;
        }
    }
}
