package dev.keiryo.train.tape;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.keiryo.MemoryCheckpoint;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Attention;
import dev.keiryo.model.Block;
import dev.keiryo.model.Ops;
import dev.keiryo.model.PositionBias;
import dev.keiryo.model.Rope;
import dev.keiryo.model.Routing;
import dev.keiryo.model.Tokens;
import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Each operation's gradient, by each number of its inputs and weights, against central differences in double precision; and
 * float32's against it.
 */
class OpGradientTest {
    private static final int TOKENS = 9;
    private static final int WIDTH = 12;
    private static final TrainBatch BATCH = new TrainBatch(
            new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8}, new int[] {0, 4}, new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8});

    /** An operation on some of the tensors {@code x}, {@code y}, {@code z [tokens, width]}, with some weights. */
    private interface Case {
        Tensor apply(Ops ops, Inputs in);
    }

    private static final Map<String, Case> CASES = new TreeMap<>();

    static {
        for (Activation f : Activation.values()) {
            CASES.put("activate " + f, (ops, in) -> ops.activate(f, in.x()));
            CASES.put("gated " + f, (ops, in) -> ops.gated(f, in.x(), in.y()));
        }
        CASES.put("add", (ops, in) -> ops.add(in.x(), in.y()));
        CASES.put("add to itself", (ops, in) -> {
            Tensor x = in.x();
            return ops.add(ops.add(x, in.y()), x);
        });
        CASES.put("scale", (ops, in) -> ops.scale(in.x(), -1.5f));
        CASES.put("softcap", (ops, in) -> ops.softcap(in.x(), 1.25f));
        CASES.put("clamp", (ops, in) -> ops.clamp(in.x(), 0.8f));
        CASES.put(
                "gate rows", (ops, in) -> ops.gateRows(in.x(), ops.linear(new Linear(in.weight("one"), null), in.y())));
        CASES.put("linear", (ops, in) -> ops.linear(new Linear(in.weight("square"), in.vector("v")), in.x()));
        CASES.put(
                "linear, some rows",
                (ops, in) -> ops.linear(new Linear(in.weight("square").rows(2, 7), null), in.x()));
        CASES.put("rms norm", (ops, in) -> ops.rmsNorm(new Norm(in.vector("v"), null, 1e-3f), in.x()));
        CASES.put("rms norm of heads", (ops, in) -> ops.rmsNorm(new Norm(in.vector("v4"), null, 1e-3f), in.x()));
        CASES.put("layer norm", (ops, in) -> ops.layerNorm(new Norm(in.vector("v"), in.vector("w"), 1e-3f), in.x()));
        CASES.put("positions", (ops, in) -> ops.add(in.x(), ops.embedPositions(in.weight("square"), BATCH)));
        CASES.put("rope", (ops, in) -> ops.rope(rope(RopeLayout.HALVES, 4), in.x()));
        CASES.put("rope of pairs, in part", (ops, in) -> ops.rope(rope(RopeLayout.INTERLEAVED, 2), in.x()));
        CASES.put(
                "rope with magnitude",
                (ops, in) -> ops.rope(rope(RopeLayout.HALVES, 4).withMagnitude(1.3f), in.x()));
        Attention causal = Attention.causal(3, 3, 4);
        CASES.put("attention", (ops, in) -> ops.attention(0, causal, in.x(), in.y(), in.z()));
        CASES.put(
                "attention, all see all",
                (ops, in) -> ops.attention(0, causal.bidirectional(), in.x(), in.y(), in.z()));
        CASES.put(
                "attention, shared keys, capped, windowed",
                (ops, in) -> ops.attention(
                        0,
                        Attention.causal(3, 1, 4).withSoftcap(0.9f).withWindow(3),
                        in.x(),
                        ops.linear(new Linear(in.weight("four"), null), in.y()),
                        ops.linear(new Linear(in.weight("four"), null), in.z())));
        CASES.put(
                "attention, biased by slopes",
                (ops, in) -> ops.attention(0, causal.withBias(new PositionBias.Alibi(3, 8)), in.x(), in.y(), in.z()));
        CASES.put(
                "attention, biased by buckets",
                (ops, in) -> ops.attention(
                        0,
                        causal.bidirectional()
                                .withBias(new PositionBias.RelativeBuckets(in.matrix("buckets", 8, 3), true, 6)),
                        in.x(),
                        in.y(),
                        in.z()));
        CASES.put("mixture", (ops, in) -> mixture(ops, in, new Routing(2, false, 1.5f)));
        CASES.put("mixture, normalized", (ops, in) -> mixture(ops, in, new Routing(2, true, 1)));
        CASES.put(
                "layers, one within another",
                (ops, in) ->
                        ops.block((o, t) -> o.add(t, o.block((p, u) -> p.activate(Activation.GELU, u), t)), in.x()));
        CASES.put("some outputs", (ops, in) -> ops.outputs(in.x()));
    }

    private static Tensor mixture(Ops ops, Inputs in, Routing routing) {
        List<Block> experts = List.of(
                (o, t) -> o.linear(new Linear(in.weight("square"), null), t),
                (o, t) -> o.gated(Activation.SILU, o.scale(t, 2), t),
                (o, t) -> o.linear(new Linear(in.weight("other"), null), o.activate(Activation.SILU, t)));
        Tensor router = ops.linear(new Linear(in.weight("three"), null), in.y());
        return ops.mixture(routing, router, experts, in.x());
    }

    private static Rope rope(RopeLayout layout, int dims) {
        return Rope.plain(layout, 4, dims, 10);
    }

    /** Rows of parameters, so that gradients by inputs are gradients by parameters. */
    private record Inputs(Ops ops, Parameters parameters) {
        Tensor x() {
            return ops.embed(weight("x"), BATCH);
        }

        Tensor y() {
            return ops.embed(weight("y"), BATCH);
        }

        Tensor z() {
            return ops.embed(weight("z"), BATCH);
        }

        Weight weight(String name) {
            return requireNonNull(parameters.find(name));
        }

        Matrix vector(String name) {
            return matrix(name, 1, weight(name).cols());
        }

        Matrix matrix(String name, int rows, int cols) {
            return new Matrix(weight(name).data(), rows, cols);
        }
    }

    private record OneOperation(Case of, Parameters parameters) implements Transformer {
        @Override
        public Tensor forward(Ops ops, Tokens tokens) {
            return of.apply(ops, new Inputs(ops, parameters));
        }

        @Override
        public Shape shape() {
            return new Shape(1000, WIDTH, 1, 1, 0, 100);
        }
    }

    @TestFactory
    List<DynamicTest> gradients() {
        return CASES.entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
                    check(e.getValue(), TapeOptions.of(100));
                    check(e.getValue(), TapeOptions.of(100).withDropout(0.3));
                }))
                .toList();
    }

    @TestFactory
    List<DynamicTest> mixturesInTraining() {
        ExpertOptions losses = ExpertOptions.NONE.withBalance(0.7).withZLoss(0.3);
        Map<String, ExpertOptions> all = Map.of(
                "losses", losses,
                "noise and dropout", losses.withNoise(0.5).withDropout(0.2),
                "dropped", losses.withCapacity(0.8, ExpertOptions.Overflow.DROP),
                "rerouted", losses.withCapacity(0.8, ExpertOptions.Overflow.REROUTE),
                "experts choose",
                        losses.withCapacity(1.4, ExpertOptions.Overflow.DROP)
                                .withChoice(ExpertOptions.Choice.BY_EXPERTS));
        return all.entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
                    TapeOptions options = TapeOptions.of(100).withExperts(e.getValue());
                    check((ops, in) -> mixture(ops, in, new Routing(2, true, 1)), options);
                    check((ops, in) -> mixture(ops, in, new Routing(1, false, 1)), options);
                }))
                .toList();
    }

    /** All three experts have something between two layers that is dropped. */
    @Test
    void dropoutOfExpertsChangesTheirResults() throws Exception {
        ExpertOptions dropped = ExpertOptions.NONE.withDropout(0.5);
        double with = lossOfMixture(TapeOptions.of(100).withExperts(dropped));
        assertNotEquals(lossOfMixture(TapeOptions.of(100)), with, 1e-6);
    }

    private static double lossOfMixture(TapeOptions options) throws Exception {
        try (Parameters parameters = new Parameters(random(), name -> true);
                Tape<Doubles> tape = new Tape<>(new DoubleArithmetic(), parameters, options)) {
            Case gated = (ops, in) -> ops.mixture(
                    new Routing(1, true, 1),
                    ops.linear(new Linear(in.weight("three"), null), in.y()),
                    List.of(
                            (o, t) -> o.gated(Activation.SILU, t, t),
                            (o, t) -> o.gated(Activation.SILU, t, t),
                            (o, t) -> o.gated(Activation.SILU, t, t)),
                    in.x());
            return loss(tape, new OneOperation(gated, parameters));
        }
    }

    private static void check(Case of, TapeOptions options) throws Exception {
        try (Parameters parameters = new Parameters(random(), name -> true);
                Tape<Doubles> wide = new Tape<>(new DoubleArithmetic(), parameters, options);
                Tape<Matrix> narrow = new Tape<>(new FloatArithmetic(new Workers(2)), parameters, options)) {
            OneOperation model = new OneOperation(of, parameters);
            loss(wide, model);
            wide.back();
            loss(narrow, model);
            narrow.back();
            for (Weight w : parameters.trained()) {
                Doubles gradient = requireNonNull(wide.gradients().of(w));
                Matrix inFloat = requireNonNull(narrow.gradients().of(w));
                for (int i = 0; i < w.count(); i++) {
                    double d =
                            (4 * difference(wide, model, w, i, 0x1p-11f) - difference(wide, model, w, i, 0x1p-10f)) / 3;
                    String place = w.name() + " at " + i;
                    assertEquals(d, gradient.data()[i], 1e-5 * Math.max(1e-3, Math.abs(d)), place);
                    double found = inFloat.data().getAtIndex(Matrix.F32, i);
                    assertEquals(gradient.data()[i], found, 1e-4 * Math.max(0.1, Math.abs(d)), place + " in float32");
                }
            }
        }
    }

    private static MemoryCheckpoint random() {
        MemoryCheckpoint c = new MemoryCheckpoint().put("general.architecture", MetadataValue.of("none"));
        Random random = new Random(4);
        put(c, random, "x", TOKENS, WIDTH);
        put(c, random, "y", TOKENS, WIDTH);
        put(c, random, "z", TOKENS, WIDTH);
        put(c, random, "square", WIDTH, WIDTH);
        put(c, random, "other", WIDTH, WIDTH);
        put(c, random, "one", 1, WIDTH);
        put(c, random, "three", 3, WIDTH);
        put(c, random, "four", 4, WIDTH);
        put(c, random, "buckets", 8, 3);
        put(c, random, "v", 1, WIDTH);
        put(c, random, "w", 1, WIDTH);
        put(c, random, "v4", 1, 4);
        return c;
    }

    private static void put(MemoryCheckpoint c, Random random, String name, int rows, int cols) {
        float[] values = new float[rows * cols];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        c.put(name, values, rows, cols);
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

    private static <M extends Tensor> double loss(Tape<M> tape, Transformer model) {
        Tensor result = tape.run(model, null, BATCH, 7);
        M y = tape.values(result);
        M dy = tape.gradientOf(result);
        Random random = new Random(2);
        double loss = 0;
        for (int r = 0; r < y.rows(); r++) {
            for (int c = 0; c < y.cols(); c++) {
                double weight = random.nextGaussian();
                tape.arithmetic().put(dy, r, c, weight);
                loss += weight * tape.arithmetic().get(y, r, c);
            }
        }
        return loss + tape.expertUse().stream().mapToDouble(ExpertUse::loss).sum();
    }
}
