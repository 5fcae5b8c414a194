package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.model.Rope;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All but matrix products and attention, against the scalar kernels: any width, any alignment, nothing written beyond. */
class ElementwiseKernelsTest {
    private static final float CANARY = -77.25f;
    private static final int ROWS = 5;
    private static final int FROM = 1;
    private static final int TO = 4;

    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(20260118);
    private final Kernels scalar = new ScalarKernels();

    @AfterEach
    void close() {
        arena.close();
    }

    static List<Kernels> fastKernels() {
        return MatmulTest.fastKernels();
    }

    @ParameterizedTest
    @MethodSource("fastKernels")
    void norms(Kernels fast) {
        for (int width = 1; width <= 70; width++) {
            Matrix x = matrix(ROWS, 2 * width);
            Norm rms = new Norm(matrix(1, width), null, 1e-5f);
            Norm bare = new Norm(matrix(1, width), null, 1e-5f);
            Norm layer = new Norm(matrix(1, width), matrix(1, width), 1e-5f);
            check(fast, "rms", x, 2e-6, (k, y) -> k.rmsNorm(rms, x, y, FROM, TO));
            check(fast, "layer", x, 2e-6, (k, y) -> k.layerNorm(layer, x, y, FROM, TO));
            check(fast, "layer without bias", x, 2e-6, (k, y) -> k.layerNorm(bare, x, y, FROM, TO));
        }
    }

    /** Sums in float32 would be off by far more: large numbers among small ones, a mean far from 0. */
    @ParameterizedTest
    @MethodSource("fastKernels")
    void normsSumInDoublePrecision(Kernels fast) {
        for (int width : new int[] {63, 4096, 20_001}) {
            Matrix x = matrix(ROWS, width);
            for (int r = 0; r < ROWS; r++) {
                for (int c = 0; c < width; c++) {
                    x.put(r, c, 1000 + 10 * x.get(r, c));
                }
                x.put(r, width / 2, 3e4f);
            }
            Norm norm = new Norm(matrix(1, width), null, 0);
            check(fast, "rms", x, 4e-7, (k, y) -> k.rmsNorm(norm, x, y, FROM, TO));
            check(fast, "layer", x, 3e-6, (k, y) -> k.layerNorm(norm, x, y, FROM, TO));
        }
    }

    @ParameterizedTest
    @MethodSource("fastKernels")
    void activationsAndSums(Kernels fast) {
        for (int width = 1; width <= 70; width++) {
            Matrix x = matrix(ROWS, width);
            Matrix b = matrix(ROWS, width);
            Matrix gate = matrix(ROWS, 1);
            check(fast, "add", x, 0, (k, y) -> k.addScaled(x, 0.3f, b, y, FROM, TO));
            check(fast, "scale", x, 0, (k, y) -> k.scale(x, -1.7f, y, FROM, TO));
            check(fast, "clamp", x, 0, (k, y) -> k.clamp(x, 0.5f, y, FROM, TO));
            check(fast, "gate rows", x, 0, (k, y) -> k.gateRows(x, gate, y, FROM, TO));
            check(fast, "softcap", x, 5e-7, (k, y) -> k.softcap(1.5f, x, y, FROM, TO));
            check(fast, "add row", x, 0, (k, y) -> {
                k.addRow(x, 4, 0.7f, y, 1);
                k.addRow(x, 0, -0.2f, y, 3);
            });
            for (Activation f : Activation.values()) {
                check(fast, f.name(), x, 1e-6, (k, y) -> k.activate(f, x, y, FROM, TO));
                check(fast, f.name(), x, 1e-6, (k, y) -> k.gated(f, x, b, y, FROM, TO));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fastKernels")
    void ropes(Kernels fast) {
        for (RopeLayout layout : RopeLayout.values()) {
            for (int head = 1; head <= 70; head++) {
                for (int dims : new int[] {0, 2, head / 2, head - 1, head}) {
                    if (dims > head) {
                        continue;
                    }
                    Rope rope = Rope.plain(layout, head, dims, 10_000).withMagnitude(1.25f);
                    Matrix x = matrix(ROWS, 3 * head);
                    try (RopeTable table = new RopeTable(rope)) {
                        table.reach(2);
                        table.reach(99);
                        check(fast, layout + " " + dims + " of " + head, x, 0, (k, y) -> {
                            k.rope(table, 0, x, y, 1);
                            k.rope(table, 3, x, y, 2);
                            k.rope(table, 99, x, y, 3);
                        });
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fastKernels")
    void atTheEdges(Kernels fast) {
        float[] edges = {
            0,
            -0f,
            Float.MIN_VALUE,
            -1e-40f,
            1e-30f,
            -1e-30f,
            20,
            -20,
            100,
            -100,
            1e20f,
            -1e20f,
            Float.MAX_VALUE,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.NaN
        };
        Matrix x = Matrix.row(arena, edges);
        for (Activation f : Activation.values()) {
            checkEdges(fast, f.name(), x, (k, y) -> k.activate(f, x, y, 0, 1));
        }
        checkEdges(fast, "softcap", x, (k, y) -> k.softcap(30, x, y, 0, 1));
        checkEdges(fast, "clamp", x, (k, y) -> k.clamp(x, 30, y, 0, 1));
    }

    private void checkEdges(Kernels fast, String name, Matrix x, Operation operation) {
        Matrix expected = Matrix.zeros(arena, 1, x.cols());
        Matrix actual = Matrix.zeros(arena, 1, x.cols());
        operation.run(scalar, expected);
        operation.run(fast, actual);
        for (int i = 0; i < x.cols(); i++) {
            float e = expected.get(0, i);
            float bound = Float.isFinite(e) ? 1e-6f * Math.abs(e) + 1e-7f : 0;
            assertEquals(e, actual.get(0, i), bound, name + " of " + x.get(0, i));
        }
    }

    /** Where a number lies among others does not change a bit: at the end of a stretch, or within a vector of one. */
    @ParameterizedTest
    @MethodSource("fastKernels")
    void endsHaveTheBitsOfWholeVectors(Kernels fast) {
        Matrix x = matrix(1, 4 * 70);
        for (int c = 0; c < x.cols(); c++) {
            x.put(0, c, x.get(0, c) * (1 << c % 8));
        }
        for (Activation f : Activation.values()) {
            sameBits(f.name(), x, (in, y) -> fast.activate(f, in, y, 0, 1));
            sameBits("gated " + f, x, (in, y) -> fast.gated(f, in, in, y, 0, 1));
        }
        sameBits("softcap", x, (in, y) -> fast.softcap(1.5f, in, y, 0, 1));
    }

    private void sameBits(String name, Matrix x, BiConsumer<Matrix, Matrix> operation) {
        Matrix all = Matrix.zeros(arena, 1, x.cols());
        operation.accept(x, all);
        Matrix one = Matrix.zeros(arena, 1, 1);
        for (int c = 0; c < x.cols(); c++) {
            operation.accept(Matrix.row(arena, x.get(0, c)), one);
            assertEquals(all.get(0, c), one.get(0, 0), 0f, name + " of " + x.get(0, c));
        }
    }

    private interface Operation {
        void run(Kernels kernels, Matrix y);
    }

    /** {@code operation} is to write rows {@code [FROM, TO)}. */
    private void check(Kernels fast, String name, Matrix x, double bound, Operation operation) {
        Matrix expected = canaries(x.rows(), x.cols());
        Matrix actual = canaries(x.rows(), x.cols());
        operation.run(scalar, expected);
        operation.run(fast, actual);
        for (int c = 0; c < x.cols(); c++) {
            for (int r = FROM; r < TO; r++) {
                double e = expected.get(r, c);
                assertEquals(
                        e,
                        actual.get(r, c),
                        bound * Math.max(1, Math.abs(e)),
                        name + " of " + x.get(r, c) + " at " + r + ", " + c + " of " + x);
            }
            assertEquals(CANARY, actual.get(0, c));
            assertEquals(CANARY, actual.get(ROWS - 1, c));
        }
        assertEquals(CANARY, actual.data().get(Matrix.F32, 4L * actual.rows() * actual.cols()), name);
    }

    /** At an address that is a multiple of 4 alone. */
    private Matrix matrix(int rows, int cols) {
        Matrix m = new Matrix(arena.allocate(4L * rows * cols + 4, 64).asSlice(4), rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.put(r, c, (float) random.nextGaussian());
            }
        }
        return m;
    }

    /** A matrix full of canaries, with one more behind its end. */
    private Matrix canaries(int rows, int cols) {
        MemorySegment data = arena.allocate(4L * (rows * cols + 2), 64).asSlice(4);
        for (int i = 0; i <= rows * cols; i++) {
            data.set(Matrix.F32, 4L * i, CANARY);
        }
        return new Matrix(data, rows, cols);
    }
}
