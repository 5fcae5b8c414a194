package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.keiryo.cache.CacheSlot;
import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.KvType;
import dev.keiryo.model.Attention;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Few rows go through the pages that they see whole in one call, up to a number of these; many rows do not: same bits. */
class WholePagesTest {
    private static final int PAGES = AttentionTile.LISTED + 3;
    private static final int TOKENS = 9;
    private static final int DIM = 8;
    private static final int HEADS = 2;

    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(20261126);

    @AfterEach
    void close() {
        arena.close();
    }

    @ParameterizedTest
    @EnumSource
    void morePagesThanOneCallTakes(KvType type) {
        Attention all = Attention.causal(HEADS, 1, DIM);
        for (Attention a : List.of(all, all.withWindow(AttentionTile.LISTED * KvCache.PAGE + 100))) {
            for (int length : new int[] {PAGES * KvCache.PAGE, PAGES * KvCache.PAGE + 7}) {
                sameBits(type, a, length);
            }
        }
    }

    private void sameBits(KvType type, Attention a, int length) {
        Matrix q = matrix(TOKENS, HEADS * DIM);
        try (KvCache cache = new KvCache(1, type)) {
            CacheSlot slot = cache.slot(0);
            slot.extend(1, DIM, DIM, 0, length);
            slot.put(0, length, matrix(length, DIM), matrix(length, DIM), 0, 0, 1);
            for (Kernels kernels : MatmulTest.fastKernels()) {
                Scratch scratch = new Scratch();
                Matrix together = Matrix.zeros(arena, TOKENS, HEADS * DIM);
                Matrix alone = Matrix.zeros(arena, TOKENS, HEADS * DIM);
                int first = length - TOKENS;
                kernels.attend(a, slot, q, 0, TOKENS, first, 0, HEADS, scratch, together);
                for (int t = 0; t < TOKENS; t++) {
                    kernels.attend(a, slot, q, t, 1, first + t, 0, HEADS, scratch, alone);
                    String what = kernels.name() + " " + a + ", token " + (first + t) + " of " + length;
                    assertArrayEquals(together.toArray(t), alone.toArray(t), what);
                }
            }
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
