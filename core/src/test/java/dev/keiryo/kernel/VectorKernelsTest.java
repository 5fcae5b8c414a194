package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.cache.KvCache;
import dev.keiryo.model.Attention;
import dev.keiryo.model.PositionBias;
import dev.keiryo.tensor.Matrix;
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
    private final Scratch scratch = new Scratch();

    @AfterEach
    void close() {
        arena.close();
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
    void attention() {
        for (int dim : new int[] {1, 5, 16, 24, 33, 64}) {
            Attention plain = Attention.causal(4, 2, dim);
            for (Attention a : new Attention[] {
                plain,
                plain.withWindow(3),
                plain.withWindow(70),
                plain.withSoftcap(2),
                plain.withBias(new PositionBias.Alibi(4, 8)),
                plain.bidirectional()
            }) {
                for (int length : new int[] {1, 2, 63, 64, 65, 150}) {
                    checkAttention(a, length);
                }
            }
        }
    }

    private void checkAttention(Attention a, int length) {
        try (KvCache cache = new KvCache(1)) {
            Matrix k = matrix(length, a.kvHeads() * a.headDim());
            Matrix v = matrix(length, a.kvHeads() * a.valueDim());
            for (int p = 0; p < length; p++) {
                cache.slot(0).put(p, k, v, p);
            }
            Matrix q = matrix(2, a.heads() * a.headDim());
            Matrix expected = canaries(2, a.heads() * a.valueDim());
            Matrix actual = canaries(2, a.heads() * a.valueDim());
            for (int head = 1; head < a.heads(); head++) {
                scalar.attend(a, cache.slot(0), q, 1, head, length - 1, scratch, expected);
                vector.attend(a, cache.slot(0), q, 1, head, length - 1, scratch, actual);
            }
            for (int i = 0; i < actual.cols(); i++) {
                assertEquals(CANARY, actual.get(0, i));
                assertEquals(expected.get(1, i), actual.get(1, i), 3e-6, a + " over " + length);
            }
            assertCanary(actual);
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
