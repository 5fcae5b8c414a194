package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.cache.CacheSlot;
import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.KvType;
import dev.keiryo.model.Attention;
import dev.keiryo.model.PositionBias;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Attention: scalar against its equation in double, the others against scalar, and tokens together against tokens alone. */
class AttentionTest {
    private static final float CANARY = -77.25f;
    private static final int[] DIMS = {1, 33, 64, 80, 128};
    private static final int[] LENGTHS = {1, 65, 150};

    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(20260712);
    private final Scratch scratch = new Scratch();

    @AfterEach
    void close() {
        arena.close();
    }

    private static List<Kernels> fast() {
        return MatmulTest.fastKernels();
    }

    /** What a model may ask for, with heads of {@code dim}. */
    private static List<Attention> variants(int dim) {
        Attention plain = Attention.causal(4, 2, dim);
        return List.of(
                plain,
                plain.withWindow(3),
                plain.withWindow(70),
                plain.withSoftcap(2),
                plain.withBias(new PositionBias.Alibi(4, 8)),
                plain.bidirectional(),
                plain.withValueDim(dim + 7).withScale(0.3f),
                Attention.causal(3, 3, dim),
                Attention.causal(7, 1, dim));
    }

    @Test
    void scalarIsTheEquation() {
        for (int dim : new int[] {1, 24, 33}) {
            for (Attention a : variants(dim)) {
                for (int length : LENGTHS) {
                    try (KvCache cache = new KvCache(1, KvType.F32)) {
                        Matrix k = matrix(length, a.kvHeads() * a.headDim(), 1);
                        Matrix v = matrix(length, a.kvHeads() * a.valueDim(), 1);
                        CacheSlot slot = fill(cache, a, k, v);
                        Matrix q = matrix(1, a.heads() * a.headDim(), 1);
                        Matrix actual = canaries(1, a.heads() * a.valueDim());
                        all(new ScalarKernels(), a, slot, q, 0, 1, length - 1, actual);
                        for (int h = 0; h < a.heads(); h++) {
                            double[] expected = expected(a, k, v, q, h, length - 1);
                            for (int d = 0; d < a.valueDim(); d++) {
                                assertEquals(expected[d], actual.get(0, h * a.valueDim() + d), 3e-6, a + " " + length);
                            }
                        }
                    }
                }
            }
        }
    }

    private static double[] expected(Attention a, Matrix k, Matrix v, Matrix q, int head, int position) {
        int kvHead = head / (a.heads() / a.kvHeads());
        double[] weights = new double[k.rows()];
        double sum = 0;
        for (int p = 0; p < k.rows(); p++) {
            if (a.window() > 0 && position - p >= a.window()) {
                continue;
            }
            double score = 0;
            for (int d = 0; d < a.headDim(); d++) {
                score += (double) q.get(0, head * a.headDim() + d) * k.get(p, kvHead * a.headDim() + d);
            }
            score *= a.scale();
            score = a.softcap() == 0 ? score : a.softcap() * Math.tanh(score / a.softcap());
            PositionBias bias = a.bias();
            weights[p] = Math.exp(score + (bias == null ? 0 : bias.at(head, position, p)));
            sum += weights[p];
        }
        double[] out = new double[a.valueDim()];
        for (int p = 0; p < k.rows(); p++) {
            for (int d = 0; d < out.length; d++) {
                out[d] += weights[p] / sum * v.get(p, kvHead * a.valueDim() + d);
            }
        }
        return out;
    }

    @ParameterizedTest
    @EnumSource
    void fastIsScalar(KvType type) {
        for (int dim : DIMS) {
            for (Attention a : variants(dim)) {
                for (int length : LENGTHS) {
                    fastIsScalar(type, a, length);
                }
            }
        }
    }

    private void fastIsScalar(KvType type, Attention a, int length) {
        try (KvCache cache = new KvCache(1, type)) {
            CacheSlot slot = fill(
                    cache,
                    a,
                    matrix(length, a.kvHeads() * a.headDim(), 1),
                    matrix(length, a.kvHeads() * a.valueDim(), 1));
            int tokens = Math.min(length, 1 + random.nextInt(9));
            Matrix q = matrix(tokens + 2, a.heads() * a.headDim(), 2);
            Matrix expected = canaries(tokens + 2, a.heads() * a.valueDim());
            all(new ScalarKernels(), a, slot, q, 1, tokens, length - tokens, expected);
            for (Kernels kernels : fast()) {
                Matrix actual = canaries(tokens + 2, a.heads() * a.valueDim());
                all(kernels, a, slot, q, 1, tokens, length - tokens, actual);
                for (int i = 0; i < actual.cols(); i++) {
                    assertEquals(CANARY, actual.get(0, i));
                    assertEquals(CANARY, actual.get(tokens + 1, i));
                    for (int t = 1; t <= tokens; t++) {
                        // Scores differ by a unit in the last place for every few terms.
                        double bound = 2e-6 * (2 + Math.sqrt(a.headDim()));
                        assertEquals(
                                expected.get(t, i),
                                actual.get(t, i),
                                bound,
                                () -> kernels.name() + " " + type + " " + a + " over " + length);
                    }
                }
            }
        }
    }

    /** Long contexts, and scores that make all weights but a few vanish. */
    @ParameterizedTest
    @EnumSource
    void longAndSharp(KvType type) {
        Attention a = Attention.causal(6, 2, 64);
        int length = 1100;
        try (KvCache cache = new KvCache(1, type)) {
            CacheSlot slot = fill(cache, a, matrix(length, 128, 1), matrix(length, 128, 1));
            for (float size : new float[] {0, 1, 30}) {
                Matrix q = matrix(8, 6 * 64, size);
                Matrix expected = canaries(8, 6 * 64);
                all(new ScalarKernels(), a, slot, q, 0, 8, length - 8, expected);
                for (Kernels kernels : fast()) {
                    Matrix actual = canaries(8, 6 * 64);
                    all(kernels, a, slot, q, 0, 8, length - 8, actual);
                    for (int t = 0; t < 8; t++) {
                        assertArrayEquals(expected.toArray(t), actual.toArray(t), 3e-6f * Math.max(size, 1));
                    }
                }
            }
        }
    }

    /** Whatever shares the call, and whatever is in memory behind the sequence or later in the stretch. */
    @ParameterizedTest
    @EnumSource
    void tokensTogetherAreTokensAlone(KvType type) {
        for (int dim : new int[] {5, 64}) {
            for (Attention a : variants(dim)) {
                for (float last : new float[] {1, Float.NaN, Float.POSITIVE_INFINITY}) {
                    tokensTogetherAreTokensAlone(type, a, last);
                }
            }
        }
    }

    private void tokensTogetherAreTokensAlone(KvType type, Attention a, float last) {
        int length = 60 + random.nextInt(90);
        int tokens = 1 + random.nextInt(30);
        int position = length - tokens;
        Matrix k = matrix(length, a.kvHeads() * a.headDim(), 1);
        Matrix v = matrix(length, a.kvHeads() * a.valueDim(), 1);
        for (int d = 0; d < v.cols(); d++) {
            v.put(length - 1, d, last * v.get(length - 1, d));
        }
        Matrix q = matrix(tokens, a.heads() * a.headDim(), 1);
        for (Kernels kernels : fast()) {
            Matrix expected = canaries(tokens, a.heads() * a.valueDim());
            try (KvCache cache = new KvCache(1, type)) {
                CacheSlot slot = cache.slot(0);
                if (!a.causal()) {
                    fill(cache, a, k, v);
                }
                for (int p = 0; a.causal() && p < length; p++) {
                    slot.extend(a.kvHeads(), a.headDim(), a.valueDim(), p, p + 1);
                    slot.put(p, 1, k, v, p, 0, a.kvHeads());
                    for (int h = 0; p >= position && h < a.heads(); h++) {
                        kernels.attend(a, slot, q, p - position, 1, p, h, 1, scratch, expected);
                    }
                }
                for (int t = 0; !a.causal() && t < tokens; t++) {
                    all(kernels, a, slot, q, t, 1, position + t, expected);
                }
            }
            try (KvCache cache = new KvCache(1, type)) {
                // What was in the pages before should not matter.
                Matrix dirt = matrix(200, k.cols(), Float.NaN);
                fill(cache, a, dirt, matrix(200, v.cols(), Float.NaN));
                cache.truncate(0, 1, 0);
                CacheSlot slot = fill(cache, a, k, v);
                Matrix actual = canaries(tokens, a.heads() * a.valueDim());
                all(kernels, a, slot, q, 0, tokens, position, actual);
                for (int t = 0; t < tokens; t++) {
                    String what = kernels.name() + " " + a + " token " + (position + t) + " of " + length;
                    assertArrayEquals(expected.toArray(t), actual.toArray(t), what);
                }
            }
        }
    }

    @Test
    void smallerTypesCostLittleAccuracy() {
        Attention a = Attention.causal(8, 2, 64);
        int length = 300;
        Matrix k = matrix(length, 128, 1);
        Matrix v = matrix(length, 128, 1);
        Matrix q = matrix(16, 512, 1);
        Matrix exact = canaries(16, 512);
        for (KvType type : KvType.values()) {
            try (KvCache cache = new KvCache(1, type)) {
                CacheSlot slot = fill(cache, a, k, v);
                Matrix y = canaries(16, 512);
                all(new ScalarKernels(), a, slot, q, 0, 16, length - 16, y);
                if (type == KvType.F32) {
                    exact.copyFrom(y);
                }
                double error = 0;
                double size = 0;
                for (int t = 0; t < 16; t++) {
                    for (int i = 0; i < 512; i++) {
                        error += Math.pow(y.get(t, i) - exact.get(t, i), 2);
                        size += Math.pow(exact.get(t, i), 2);
                    }
                }
                double bound = switch (type) {
                    case F32 -> 0;
                    case F16 -> 1e-3;
                    case BF16 -> 4e-3;
                    case Q8_0 -> 1.5e-2;
                    case Q4_0 -> 0.16;
                };
                double relative = Math.sqrt(error / size);
                assertTrue(relative <= bound, type + ": relative error " + relative);
                assertTrue(relative >= bound / 10, type + ": too good: " + relative);
            }
        }
    }

    /** All heads, in one call for each key/value head. */
    private void all(
            Kernels kernels, Attention a, CacheSlot slot, Matrix q, int row, int tokens, int position, Matrix out) {
        int group = a.heads() / a.kvHeads();
        for (int h = 0; h < a.heads(); h += group) {
            kernels.attend(a, slot, q, row, tokens, position, h, group, scratch, out);
        }
    }

    private static CacheSlot fill(KvCache cache, Attention a, Matrix k, Matrix v) {
        CacheSlot slot = cache.slot(0);
        slot.extend(a.kvHeads(), a.headDim(), a.valueDim(), 0, k.rows());
        slot.put(0, k.rows(), k, v, 0, 0, a.kvHeads());
        return slot;
    }

    private Matrix matrix(int rows, int cols, float size) {
        Matrix m = new Matrix(arena.allocate(4L * rows * cols + 4).asSlice(4), rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.put(r, c, size * (float) random.nextGaussian());
            }
        }
        return m;
    }

    private Matrix canaries(int rows, int cols) {
        Matrix m = Matrix.zeros(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.put(r, c, CANARY);
            }
        }
        return m;
    }
}
