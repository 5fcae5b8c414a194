package dev.keiryo.kernel;

import dev.keiryo.cache.AttentionMass;
import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.KvType;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What attention works on between a query and its result: some rows, a row being one query head of one token, all float32, at
 * offsets in {@link #memory} that are multiples of 64.
 *
 * <p>With D padded dimensions of a key and E of a value: {@code query [rows, D]}; {@code scores [rows, 64]}, those of a page,
 * which become weights; {@code result [rows, E]}, the weighted sum of the values so far; {@code sums [rows, 16]}, the sum of the
 * weights so far in sixteen parts; {@code state [rows, 2]}, the largest score so far, and by what the last page's largest score
 * shrinks what was summed before; {@code masks [rows]}, 64 bits, one for each position of the page that the row sees;
 * {@code keys [D, 64]} and {@code values [64, E]} of a page, unless the cache holds them so; {@code arguments} of {@link PagesCode}, and
 * {@code pages}, room for its addresses.
 */
final class AttentionTile {
    static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final int PAGE = KvCache.PAGE;
    /** Parts of a sum. */
    static final int PARTS = 16;
    /** Most pages that {@link #pages} lists. */
    static final int LISTED = 64;

    private MemorySegment memory = MemorySegment.NULL;
    private int rows;
    private int keyDim;
    private int valueDim;
    private long used;
    private float[] notes = {};
    private int firstNoted;
    private int noted;
    long query;
    long scores;
    long result;
    long sums;
    long state;
    long masks;
    long keys;
    long values;
    long arguments;
    long pages;

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
        arguments = take(PagesCode.ARGUMENTS);
        pages = take(8L * (2 * LISTED + 2));
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

    /** For {@link #note}: all scores of {@code count} pages from {@code page} on are going to be kept. */
    void observe(int page, int count) {
        firstNoted = page;
        noted = count;
        int size = count * PAGE * rows;
        if (notes.length < size) {
            notes = new float[size];
        }
        Arrays.fill(notes, 0, size, Float.NEGATIVE_INFINITY);
    }

    /** Keeps the scores of rows {@code [from, to)} where they see a position of the page. */
    void note(int page, int from, int to) {
        for (int r = from; r < to; r++) {
            long mask = memory.get(I64, masks + 8L * r);
            for (int p = 0; p < PAGE; p++) {
                if ((mask >>> p & 1) != 0) {
                    notes[(r * noted + page - firstNoted) * PAGE + p] =
                            memory.get(Matrix.F32, scores + 4L * (r * PAGE + p));
                }
            }
        }
    }

    /** When all is computed, and each row's first part of its sum is the whole: adds the weights that came of the scores, of query heads of {@code kvHead}. */
    void addTo(AttentionMass mass, int kvHead, float scale) {
        long[] units = new long[noted * PAGE];
        for (int r = 0; r < rows; r++) {
            double max = memory.get(Matrix.F32, state + 8L * r);
            double sum = memory.get(Matrix.F32, sums + 4L * PARTS * r);
            for (int p = 0; p < units.length; p++) {
                units[p] += AttentionMass.units(Math.exp(notes[r * units.length + p] * scale - max) / sum);
            }
        }
        mass.add(kvHead, firstNoted * PAGE, units, units.length);
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
