package dev.keiryo.cache;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values of one sequence's tokens, slot by slot (a slot is one attention layer), in pages of
 * {@link #PAGE} positions, so that a sequence takes memory only as it grows. Float32.
 *
 * <p>Not thread-safe: written between parallel sections, read within them.
 */
public final class KvCache implements AutoCloseable {
    /** Positions in a page; also the block of online softmax, so a page is what attention reads at a time. */
    public static final int PAGE = 64;

    private final Arena arena = Arena.ofShared();
    private final List<Slot> slots = new ArrayList<>();
    private long bytes;

    public KvCache(int slotCount) {
        for (int i = 0; i < slotCount; i++) {
            slots.add(new Slot());
        }
    }

    public Slot slot(int index) {
        return slots.get(index);
    }

    /** Memory that the pages take. */
    public long bytes() {
        return bytes;
    }

    /** Forgets positions from {@code length} on in {@code count} slots from {@code first}. Pages stay for reuse. */
    public void truncate(int first, int count, int length) {
        for (Slot s : slots.subList(first, first + count)) {
            s.length = Math.min(s.length, length);
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    /** One attention's keys and values. */
    public final class Slot {
        private final List<MemorySegment> keys = new ArrayList<>();
        private final List<MemorySegment> values = new ArrayList<>();
        private int keyWidth;
        private int valueWidth;
        private int length;

        private Slot() {}

        /** Positions held. */
        public int length() {
            return length;
        }

        /** Floats of one position's keys, all heads. */
        public int keyWidth() {
            return keyWidth;
        }

        /** Floats of one position's values, all heads. */
        public int valueWidth() {
            return valueWidth;
        }

        /** Float32 keys {@code [PAGE, keyWidth]} of positions {@code page·PAGE …}. */
        public MemorySegment keys(int page) {
            return keys.get(page);
        }

        /** Float32 values {@code [PAGE, valueWidth]} of positions {@code page·PAGE …}. */
        public MemorySegment values(int page) {
            return values.get(page);
        }

        /** Stores row {@code row} of {@code k} and {@code v} at {@code position}, which may be at most one past the end. */
        public void put(int position, Matrix k, Matrix v, int row) {
            if (position > length || position < 0) {
                throw new IllegalArgumentException("position " + position + " would leave a gap after " + length);
            }
            if (keys.isEmpty()) {
                keyWidth = k.cols();
                valueWidth = v.cols();
            }
            int page = position / PAGE;
            if (page == keys.size()) {
                keys.add(arena.allocate(4L * PAGE * keyWidth, 64));
                values.add(arena.allocate(4L * PAGE * valueWidth, 64));
                bytes += 4L * PAGE * (keyWidth + valueWidth);
            }
            long inPage = position % PAGE;
            copy(k, row, keys.get(page), inPage * keyWidth * 4L);
            copy(v, row, values.get(page), inPage * valueWidth * 4L);
            length = Math.max(length, position + 1);
        }

        private static void copy(Matrix from, int row, MemorySegment to, long offset) {
            MemorySegment.copy(from.data(), from.rowOffset(row), to, offset, 4L * from.cols());
        }
    }
}
