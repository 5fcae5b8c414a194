package dev.keiryo.train.tape;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.MaskedLm;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.ShapeCheckpoint;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.Initialization;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients of whole architectures, in double precision, against central differences. */
class ArchitectureGradientTest {
    /** Weights, above which a tensor is looked at in fewer places. */
    private static final int MANY = 500_000;

    private static final TrainBatch SOURCE =
            new TrainBatch(new int[] {7, 300, 12, 45, 45, 9}, new int[] {0, 4}, new int[0]);
    private static final TrainBatch TARGET =
            new TrainBatch(new int[] {48, 396, 335, 225, 222, 48, 439, 46, 357, 105, 50}, new int[] {0, 5}, new int[] {
                0, 1, 3, 4, 5, 8, 10
            });
    private static final int[] WANTED = {396, 335, 222, 17, 439, 105, 3};
    private static final float[] IMPORTANCE = {1, 0.5f, 2, 1, 0, 1, 0.25f};

    @ParameterizedTest
    @MethodSource("dev.keiryo.train.tape.GradientModels#names")
    void gradientsAreCentralDifferences(String name) throws Exception {
        check(name, TapeOptions.of(64));
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa", "mixtral", "t5"})
    void withDropoutAndCheckpointsAsWell(String name) throws Exception {
        check(
                name,
                TapeOptions.of(64).withDropout(0.2).withCheckpointedLayers(100).withLogitBytes(5000));
    }

    /** BERT with the head that tells masked tokens, its hidden states as wide as the vocabulary has tokens. */
    @Test
    void ofTheHeadForMaskedTokens() throws Exception {
        ModelShape shape = requireNonNull(ModelShapes.find("bert-base")).with(2, 512, 48, 4, 4, 512, 64);
        ShapeCheckpoint plan = new ShapeCheckpoint(shape, Recipe.F32);
        Parameters parameters = Parameters.blank(plan, plan.metadata(), MaskedLm.tensors(512, 512));
        new Initialization(0.1f, 0, 3).fill(parameters, 2);
        check(parameters, TapeOptions.of(64));
    }

    private static void check(String name, TapeOptions options) throws Exception {
        check(
                new Parameters(
                        Checkpoints.open(TestData.path("golden/architectures/" + name + ".gguf")),
                        tensor -> !tensor.startsWith("rope_")),
                options);
    }

    private static void check(Parameters owned, TapeOptions options) throws Exception {
        try (Arena arena = Arena.ofConfined();
                Parameters parameters = owned;
                Tape<Doubles> tape = new Tape<>(new DoubleArithmetic(), parameters, options)) {
            Weights weights = new Weights(parameters, arena);
            Transformer read = Architectures.read(weights);
            Transformer model = weights.has(MaskedLm.PREFIX + "dense.weight") ? MaskedLm.of(read, weights) : read;
            loss(tape, model);
            tape.gradients().clear();
            loss(tape, model);
            tape.back();
            Map<String, double[]> gradients = new HashMap<>();
            // Losses that are computed for differences add to the gradients.
            tape.gradients()
                    .all()
                    .forEach((tensor, g) -> gradients.put(tensor, g.data().clone()));
            Random random = new Random(1);
            long all = parameters.trained().stream().mapToLong(Weight::count).sum();
            int places = all > MANY ? 1 : 3;
            for (Weight w : parameters.trained()) {
                double[] gradient = requireNonNull(gradients.get(w.name()));
                for (int i = 0; i < places; i++) {
                    int at = random.nextInt((int) w.count());
                    if (w.name().equals("token_embd.weight") && i < 2) {
                        at = WANTED[i] * w.cols() + random.nextInt(w.cols());
                    }
                    double difference = difference(tape, model, w, at);
                    double found = gradient[at];
                    double bound = 1e-5 * Math.max(1e-3, Math.abs(difference));
                    assertEquals(difference, found, bound, w.name() + " at " + at);
                }
            }
        }
    }

    /** {@code (4·D(h/2) - D(h))/3}, D being central differences: exact to the fourth order of h. */
    private static double difference(Tape<Doubles> tape, Transformer model, Weight w, int at) {
        double coarse = difference(tape, model, w, at, 0x1p-9f);
        return (4 * difference(tape, model, w, at, 0x1p-10f) - coarse) / 3;
    }

    private static double difference(Tape<Doubles> tape, Transformer model, Weight w, int at, float h) {
        float old = w.data().get(Matrix.F32, 4L * at);
        float above = old + h;
        float below = old - h;
        w.data().set(Matrix.F32, 4L * at, above);
        double up = loss(tape, model);
        w.data().set(Matrix.F32, 4L * at, below);
        double down = loss(tape, model);
        w.data().set(Matrix.F32, 4L * at, old);
        return (up - down) / ((double) above - below);
    }

    private static double loss(Tape<Doubles> tape, Transformer model) {
        Tensor result = tape.run(model, model.kind() == Transformer.Kind.ENCODER_DECODER ? SOURCE : null, TARGET, 5);
        if (model.kind() != Transformer.Kind.ENCODER || model instanceof MaskedLm) {
            return tape.crossEntropy(result, WANTED, IMPORTANCE, 3);
        }
        // An encoder's results weighed by anything.
        Doubles y = tape.values(result);
        Doubles dy = tape.gradientOf(result);
        Random random = new Random(2);
        double loss = 0;
        for (int r = 0; r < y.rows(); r++) {
            for (int c = 0; c < y.cols(); c++) {
                double weight = random.nextGaussian();
                dy.put(r, c, weight);
                loss += weight * y.get(r, c);
            }
        }
        return loss;
    }
}
