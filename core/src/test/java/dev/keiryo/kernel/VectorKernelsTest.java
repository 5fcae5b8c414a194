package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Vector kernels against the scalar ones and the codecs: any width, any alignment, nothing written beyond. */
class VectorKernelsTest {
    private static final float CANARY = -77.25f;

    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(20260118);
    private final Kernels scalar = new ScalarKernels();
    private final Kernels vector = new VectorKernels();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void normsActivationsAndSums() {
        for (int width = 1; width <= 70; width++) {
            Matrix x = matrix(4, 2 * width);
            Matrix b = matrix(4, 2 * width);
            Norm rms = new Norm(matrix(1, width), null, 1e-5f);
            Norm layer = new Norm(matrix(1, width), matrix(1, width), 1e-5f);
            check("rms", x, 2e-6, (k, y) -> k.rmsNorm(rms, x, y, 1, 3));
            check("layer", x, 2e-6, (k, y) -> k.layerNorm(layer, x, y, 1, 3));
            check("add", x, 1e-7, (k, y) -> k.addScaled(x, 0.3f, b, y, 1, 3));
            check("softcap", x, 5e-7, (k, y) -> k.softcap(1.5f, x, y, 1, 3));
            for (Activation f : Activation.values()) {
                check(f.name(), x, 1e-6, (k, y) -> k.activate(f, x, y, 1, 3));
                check(f.name(), x, 1e-6, (k, y) -> k.gated(f, x, b, y, 1, 3));
            }
        }
    }

    private interface Operation {
        void run(Kernels kernels, Matrix y);
    }

    private void check(String name, Matrix x, double bound, Operation operation) {
        Matrix expected = canaries(x.rows(), x.cols());
        Matrix actual = canaries(x.rows(), x.cols());
        operation.run(scalar, expected);
        operation.run(vector, actual);
        for (int c = 0; c < x.cols(); c++) {
            for (int r = 1; r < 3; r++) {
                double e = expected.get(r, c);
                assertEquals(e, actual.get(r, c), bound * Math.max(1, Math.abs(e)), name + " of " + x.get(r, c));
            }
            assertEquals(CANARY, actual.get(0, c));
            assertEquals(CANARY, actual.get(3, c));
        }
        assertCanary(actual);
    }

    @Test
    void exponentialsAreAccurateOverTheWholeRange() {
        double worst = 0;
        float[] in = new float[Lanes.LANES];
        for (float x = -87; x < 88; x += 0.0137f) {
            java.util.Arrays.fill(in, x);
            float e = Lanes.exp(jdk.incubator.vector.FloatVector.fromArray(Lanes.F, in, 0))
                    .lane(0);
            worst = Math.max(worst, Math.abs(e / Math.exp(x) - 1));
        }
        assertTrue(worst < 2e-7, "relative error " + worst);
    }

    @Test
    void activationsAtTheEdges() {
        float[] edges = {0, -0f, 1e-30f, -1e-30f, 20, -20, 100, -100, 1e20f, -1e20f, Float.POSITIVE_INFINITY, Float.NaN
        };
        Matrix x = Matrix.row(arena, edges);
        Matrix expected = Matrix.zeros(arena, 1, edges.length);
        Matrix actual = Matrix.zeros(arena, 1, edges.length);
        for (Activation f : Activation.values()) {
            scalar.activate(f, x, expected, 0, 1);
            vector.activate(f, x, actual, 0, 1);
            for (int i = 0; i < edges.length; i++) {
                float e = expected.get(0, i);
                float bound = Float.isFinite(e) ? 1e-6f * Math.abs(e) + 1e-7f : 0;
                assertEquals(e, actual.get(0, i), bound, f + " of " + edges[i]);
            }
        }
    }

    private Matrix matrix(int rows, int cols) {
        Matrix m = new Matrix(arena.allocate(4L * rows * cols + 4).asSlice(4), rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.put(r, c, (float) random.nextGaussian());
            }
        }
        return m;
    }

    /** A matrix full of canaries, with one more behind its end. */
    private Matrix canaries(int rows, int cols) {
        MemorySegment data = arena.allocate(4L * (rows * cols + 1), 4);
        for (int i = 0; i <= rows * cols; i++) {
            data.set(Matrix.F32, 4L * i, CANARY);
        }
        return new Matrix(data, rows, cols);
    }

    private static void assertCanary(Matrix m) {
        assertEquals(CANARY, m.data().get(Matrix.F32, 4L * m.rows() * m.cols()));
    }
}
