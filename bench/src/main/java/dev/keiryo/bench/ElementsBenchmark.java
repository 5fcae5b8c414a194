package dev.keiryo.bench;

import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.kernel.Activations;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.Panels;
import dev.keiryo.kernel.RopeTable;
import dev.keiryo.kernel.ScalarKernels;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.model.Rope;
import dev.keiryo.synth.RandomWeight;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Norms, activation functions, gates, rotations, residual sums and the preparing of a matrix product's inputs, in one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ElementsBenchmark {
    /** An operation on rows {@code [from, to)} of {@link #x} and {@link #z}, to {@link #y}. */
    public enum Operation {
        RMS_NORM(2),
        LAYER_NORM(2),
        SILU(2),
        GELU(2),
        GELU_TANH(2),
        SWIGLU(3),
        GEGLU(3),
        GEGLU_TANH(3),
        ADD_SCALED(3),
        SOFTCAP(2),
        ROPE(2),
        PREPARE_INT8(2),
        PREPARE_BF16(2);

        /** Matrices that go through memory. */
        private final int matrices;

        Operation(int matrices) {
            this.matrices = matrices;
        }
    }

    private static final int HEAD_DIM = 128;

    @Param({"VECTOR", "EMITTED"})
    public KernelSet kernels = KernelSet.VECTOR;

    @Param
    public Operation operation = Operation.RMS_NORM;

    @Param("16")
    public int rows;

    @Param("4096")
    public int cols;

    private final Arena arena = Arena.ofShared();
    private final Activations inputs = new Activations();
    private Kernels set = new ScalarKernels();
    private Matrix x = Matrix.zeros(arena, 0, 0);
    private Matrix z = x;
    private Matrix y = x;
    private Norm norm = new Norm(x, null, 0);
    private final RopeTable rope = new RopeTable(Rope.plain(RopeLayout.HALVES, HEAD_DIM, HEAD_DIM, 10_000));

    @Setup(Level.Trial)
    public void prepare() {
        set = kernels.kernels();
        x = Data.random(arena, rows, cols, 1);
        z = Data.random(arena, rows, cols, 2);
        norm = new Norm(Data.random(arena, 1, cols, 3), null, 1e-5f);
        y = Matrix.zeros(arena, rows, cols);
        rope.reach(rows - 1);
        inputs.reset(
                operation == Operation.PREPARE_BF16
                        ? Activations.Form.BFLOAT16
                        : new ScalarKernels().form(TensorType.Q8_0),
                rows,
                cols);
        Matrix expected = result(new ScalarKernels());
        Matrix actual = result(set);
        Data.check(operation.name(), expected, actual, 0, actual.cols(), 1e-5);
    }

    /** What was computed, or for prepared inputs their product with some weights. */
    private Matrix result(Kernels k) {
        Matrix out = Matrix.zeros(arena, rows, cols);
        run(k, out);
        if (operation != Operation.PREPARE_INT8 && operation != Operation.PREPARE_BF16) {
            return out;
        }
        TensorType type = operation == Operation.PREPARE_INT8 ? TensorType.Q8_0 : TensorType.BF16;
        Matrix product = Matrix.zeros(arena, rows, Panels.ROWS);
        Panels weights = Panels.plain(RandomWeight.of(type, Panels.ROWS, cols, 4, arena));
        new ScalarKernels().matmul(weights, null, inputs, product, 0, 1, new Scratch());
        return product;
    }

    private void run(Kernels k, Matrix out) {
        switch (operation) {
            case RMS_NORM -> k.rmsNorm(norm, x, out, 0, rows);
            case LAYER_NORM -> k.layerNorm(norm, x, out, 0, rows);
            case SILU -> k.activate(Activation.SILU, x, out, 0, rows);
            case GELU -> k.activate(Activation.GELU, x, out, 0, rows);
            case GELU_TANH -> k.activate(Activation.GELU_TANH, x, out, 0, rows);
            case SWIGLU -> k.gated(Activation.SILU, x, z, out, 0, rows);
            case GEGLU -> k.gated(Activation.GELU, x, z, out, 0, rows);
            case GEGLU_TANH -> k.gated(Activation.GELU_TANH, x, z, out, 0, rows);
            case ADD_SCALED -> k.addScaled(x, 0.5f, z, out, 0, rows);
            case SOFTCAP -> k.softcap(30, x, out, 0, rows);
            case ROPE -> {
                for (int r = 0; r < rows; r++) {
                    k.rope(rope, r, x, out, r);
                }
            }
            case PREPARE_INT8, PREPARE_BF16 -> k.prepare(x, inputs, 0, inputs.tiles());
        }
    }

    @TearDown(Level.Trial)
    public void close() {
        rope.close();
        inputs.close();
        arena.close();
    }

    @Benchmark
    public void run(Rates rates) {
        run(set, y);
        rates.add(0, (double) operation.matrices * Float.BYTES * rows * cols);
    }
}
