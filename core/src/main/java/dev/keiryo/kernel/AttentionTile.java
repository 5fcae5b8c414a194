package dev.keiryo.kernel;

import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.KvType;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What attention works on between a query and its result: some rows, a row being one query head of one token, all float32, at
 * offsets in {@link #memory} that are multiples of 64.
 *
 * <p>With D padded dimensions of a key and E of a value: {@code query [rows, D]}; {@code scores [rows, 64]}, those of a page,
 * which become weights; {@code result [rows, E]}, the weighted sum of the values so far; {@code sums [rows, 16]}, the sum of the
 * weights so far in sixteen parts; {@code state [rows, 2]}, the largest score so far, and by what the last page's largest score
 * shrinks what was summed before; {@code masks [rows]}, 64 bits, one for each position of the page that the row sees;
 * {@code keys [D, 64]} and {@code values [64, E]} of a page, unless the cache holds them so.
 */
final class AttentionTile {
    static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final int PAGE = KvCache.PAGE;
    /** Parts of a sum. */
    static final int PARTS = 16;

    private MemorySegment memory = MemorySegment.NULL;
    private int rows;
    private int keyDim;
    private int valueDim;
    private long used;
    long query;
    long scores;
    long result;
    long sums;
    long state;
    long masks;
    long keys;
    long values;

    /** Makes room for {@code newRows} and a page of {@code type}; results, sums and masks are 0, the largest scores the least there are. */
    void reset(KvType type, int newRows, int headDim, int headValueDim) {
        rows = newRows;
        keyDim = type.paddedKey(headDim);
        valueDim = type.paddedValue(headValueDim);
        boolean decoded = type != KvType.F32;
        used = 0;
        query = take(4L * rows * keyDim);
        scores = take(4L * rows * PAGE);
        result = take(4L * rows * valueDim);
        sums = take(4L * rows * PARTS);
        masks = take(8L * rows);
        state = take(8L * rows);
        keys = take(decoded ? 4L * keyDim * PAGE : 0);
        values = take(decoded ? 4L * PAGE * valueDim : 0);
        if (memory.byteSize() < used) {
            memory = Arena.ofAuto().allocate(used, 64);
        }
        for (long at = result; at < state; at += 8) {
            memory.set(I64, at, 0);
        }
        for (int r = 0; r < rows; r++) {
            memory.set(Matrix.F32, state + 8L * r, -Float.MAX_VALUE);
        }
    }

    private long take(long bytes) {
        long at = used;
        used += (bytes + 63) / 64 * 64;
        return at;
    }

    MemorySegment memory() {
        return memory;
    }

    long address() {
        return memory.address();
    }

    int rows() {
        return rows;
    }

    /** Padded dimensions of a key. */
    int keyDim() {
        return keyDim;
    }

    /** Padded dimensions of a value. */
    int valueDim() {
        return valueDim;
    }
}
