package dev.keiryo.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KvCacheTest {
    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(5);

    @AfterEach
    void close() {
        arena.close();
    }

    @ParameterizedTest
    @EnumSource
    void holdsEachNumberWithinTheTypesPrecision(KvType type) {
        for (int dim = 1; dim <= 70; dim++) {
            int valueDim = 71 - dim;
            Matrix k = matrix(130, 3 * dim);
            Matrix v = matrix(130, 3 * valueDim);
            try (KvCache cache = new KvCache(2, type)) {
                CacheSlot slot = cache.slot(1);
                slot.extend(3, dim, valueDim, 0, 130);
                // In pieces of heads and positions, in any order.
                slot.put(70, 60, k, v, 70, 1, 3);
                slot.put(0, 130, k, v, 0, 0, 1);
                slot.put(0, 70, k, v, 0, 1, 3);
                float[] key = new float[dim];
                float[] value = new float[valueDim];
                for (int p = 0; p < 130; p++) {
                    for (int h = 0; h < 3; h++) {
                        slot.key(h, p, key);
                        slot.value(h, p, value);
                        check(type, k, p, h * dim, key);
                        check(type, v, p, h * valueDim, value);
                    }
                }
                assertEquals(0, cache.slot(0).length());
            }
        }
    }

    private static void check(KvType type, Matrix x, int row, int at, float[] actual) {
        for (int i = 0; i < actual.length; i++) {
            float largest = 0;
            for (int j = i / 32 * 32; j < Math.min(actual.length, i / 32 * 32 + 32); j++) {
                largest = Math.max(largest, Math.abs(x.get(row, at + j)));
            }
            float expected = x.get(row, at + i);
            double bound = switch (type) {
                case F32 -> 0;
                case F16 -> Math.max(Math.abs(expected) * 0x1p-11, 0x1p-25);
                case BF16 -> Math.abs(expected) * 0x1p-8;
                case Q8_0 -> largest / 127 * 0.57;
                // The step is an eighth of the largest; what has the other sign may be cut at seven steps.
                case Q4_0 -> largest / 8 * 1.01;
            };
            assertEquals(expected, actual[i], bound, type + " number " + i + " of " + actual.length);
        }
    }

    /** Heads of several slots keep positions of their own, with their keys turned and with what they received; forks see nothing of it. */
    @ParameterizedTest
    @EnumSource
    void eachHeadKeepsItsOwn(KvType type) {
        int heads = 3;
        int[] dims = {32, 40};
        try (KvCache cache = new KvCache(2, type)) {
            float[][][][] before = new float[2][heads][200][];
            for (int s = 0; s < 2; s++) {
                CacheSlot slot = cache.slot(s);
                slot.extend(heads, dims[s], 8, 0, 200);
                slot.put(0, 200, matrix(200, heads * dims[s]), matrix(200, heads * 8), 0, 0, heads);
                for (int p = 0; p < 200; p++) {
                    for (int h = 0; h < heads; h++) {
                        before[s][h][p] = both(slot, h, p);
                    }
                }
            }
            cache.observeAttention();
            int[][][] kept = new int[2][heads][];
            for (int s = 0; s < 2; s++) {
                AttentionMass mass = Objects.requireNonNull(cache.slot(s).mass());
                for (int h = 0; h < heads; h++) {
                    mass.add(h, 20, random.longs(180, 1, 1L << 40).toArray(), 180);
                    kept[s][h] =
                            random.ints(0, 200).distinct().limit(90).sorted().toArray();
                }
            }
            try (KvCache fork = cache.fork()) {
                int[] first = {0, 0};
                cache.retain(kept, first, Arrays.asList(null, (key, by) -> key[0] = by));
                for (int s = 0; s < 2; s++) {
                    CacheSlot slot = cache.slot(s);
                    assertEquals(90, slot.length());
                    for (int h = 0; h < heads; h++) {
                        for (int i = 0; i < 90; i++) {
                            int p = kept[s][h][i];
                            float[] now = both(slot, h, i);
                            // what shares a block of bits with a turned number may have lost some of its own
                            int from = s == 0 ? 0 : type == KvType.Q8_0 || type == KvType.Q4_0 ? 32 : 1;
                            assertArrayEquals(
                                    Arrays.copyOfRange(before[s][h][p], from, now.length),
                                    Arrays.copyOfRange(now, from, now.length));
                            if (s == 1 && p != i) {
                                assertEquals(p - i, now[0], 0.15 * (p - i) + 0.5);
                            }
                            assertEquals(
                                    Objects.requireNonNull(fork.slot(s).mass()).at(h, p),
                                    Objects.requireNonNull(slot.mass()).at(h, i));
                            assertArrayEquals(before[s][h][p], both(fork.slot(s), h, p));
                        }
                        assertEquals(0, Objects.requireNonNull(slot.mass()).at(h, 90));
                    }
                }
            }
        }
    }

    private static float[] both(CacheSlot slot, int head, int position) {
        float[] key = new float[slot.keyDim()];
        float[] value = new float[slot.valueDim()];
        slot.key(head, position, key);
        slot.value(head, position, value);
        float[] all = Arrays.copyOf(key, key.length + value.length);
        System.arraycopy(value, 0, all, key.length, value.length);
        return all;
    }

    @Test
    void extremesAndTinyNumbers() {
        float[] x = new float[32];
        x[3] = -8;
        x[4] = 7;
        x[5] = 1;
        Matrix m = Matrix.row(arena, x);
        for (KvType type : new KvType[] {KvType.F16, KvType.BF16, KvType.Q4_0}) {
            assertArrayEquals(x, through(type, m), type.name());
        }
        Matrix tiny = Matrix.row(arena, 1e-30f, -1e-30f, 0);
        assertArrayEquals(new float[] {0, 0, 0}, through(KvType.Q8_0, tiny), 0);
        assertArrayEquals(new float[] {0, 0, 0}, through(KvType.Q4_0, tiny), 0);
        for (KvType type : KvType.values()) {
            float[] broken = through(type, Matrix.row(arena, Float.NaN, 1));
            assertTrue(Float.isNaN(broken[0]), type + " " + broken[0]);
            assertTrue(!Float.isFinite(through(type, Matrix.row(arena, Float.NEGATIVE_INFINITY, 1))[0]), type.name());
        }
    }

    private static float[] through(KvType type, Matrix row) {
        try (KvCache cache = new KvCache(1, type)) {
            CacheSlot slot = cache.slot(0);
            slot.extend(1, row.cols(), row.cols(), 0, 1);
            slot.put(0, 1, row, row, 0, 0, 1);
            float[] key = new float[row.cols()];
            float[] value = new float[row.cols()];
            slot.key(0, 0, key);
            slot.value(0, 0, value);
            assertArrayEquals(key, value);
            return value;
        }
    }

    @ParameterizedTest
    @EnumSource
    void takesMemoryByPages(KvType type) {
        long page = switch (type) {
            case F32 -> 64 * 2 * (64 + 80) * 4;
            case F16, BF16 -> 64 * 2 * (64 + 80) * 2;
            case Q8_0 -> 64 * 2 * (64 + 96) / 32 * 34;
            case Q4_0 -> 64 * 2 * (64 + 96) / 32 * 18;
        };
        try (KvCache cache = new KvCache(2, type)) {
            CacheSlot slot = cache.slot(0);
            assertEquals(0, cache.bytes());
            slot.extend(2, 64, 80, 0, 1);
            assertEquals(page, cache.bytes());
            slot.extend(2, 64, 80, 1, 64);
            assertEquals(page, cache.bytes());
            slot.extend(2, 64, 80, 64, 129);
            assertEquals(3 * page, cache.bytes());
            cache.truncate(0, 2, 10);
            assertEquals(10, slot.length());
            slot.extend(2, 64, 80, 10, 129);
            assertEquals(3 * page, cache.bytes());
            cache.slot(1).extend(1, 64, 80, 0, 1);
            assertEquals(3 * page + page / 2, cache.bytes());
        }
    }

    @Test
    void refusesGapsAndOtherShapes() {
        try (KvCache cache = new KvCache(1, KvType.F16)) {
            CacheSlot slot = cache.slot(0);
            assertThrows(IllegalArgumentException.class, () -> slot.extend(2, 8, 8, 1, 2));
            assertThrows(IllegalArgumentException.class, () -> slot.extend(2, 8, 8, -1, 2));
            slot.extend(2, 8, 8, 0, 2);
            assertThrows(IllegalArgumentException.class, () -> slot.extend(1, 16, 8, 2, 3));
            Matrix x = matrix(3, 16);
            assertThrows(IllegalArgumentException.class, () -> slot.put(0, 3, x, x, 0, 0, 2));
            assertThrows(IllegalArgumentException.class, () -> slot.put(0, 2, x, matrix(3, 15), 0, 0, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> slot.put(0, 2, x, x, 2, 0, 2));
        }
    }

    private Matrix matrix(int rows, int cols) {
        Matrix m = Matrix.zeros(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.put(r, c, (float) random.nextGaussian());
            }
        }
        return m;
    }
}
