package dev.keiryo.kernel;

import dev.keiryo.model.Rope;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The cosines and sines of one {@link Rope}, position by position, computed as far as they were needed. */
public final class RopeTable implements AutoCloseable {
    private static final int FIRST = 64;
    /** Bytes behind the last position that may be read, though nothing is there. */
    private static final int SLACK = 64;

    private final Rope rope;
    private final int pairs;
    private Arena arena = Arena.ofShared();
    private MemorySegment data = MemorySegment.NULL;
    private int room;
    private int positions;

    public RopeTable(Rope rope) {
        this.rope = rope;
        this.pairs = rope.frequencies().length;
    }

    /** Computes all positions up to {@code last}. Not thread-safe. */
    public void reach(int last) {
        if (last >= room) {
            grow(Math.max(Math.max(FIRST, last + 1), room + room / 2));
        }
        for (; positions <= last; positions++) {
            long at = offset(positions);
            for (int i = 0; i < pairs; i++) {
                double angle = (double) positions * rope.frequencies()[i];
                data.set(Matrix.F32, at + 4L * i, (float) (Math.cos(angle) * rope.magnitude()));
                data.set(Matrix.F32, at + 4L * (pairs + i), (float) (Math.sin(angle) * rope.magnitude()));
            }
        }
    }

    private void grow(int newRoom) {
        Arena grown = Arena.ofShared();
        room = newRoom;
        MemorySegment newData = grown.allocate(offset(room) + SLACK, 64);
        MemorySegment.copy(data, 0, newData, 0, offset(positions));
        arena.close();
        arena = grown;
        data = newData;
    }

    Rope rope() {
        return rope;
    }

    int pairs() {
        return pairs;
    }

    /** From {@link #offset} of a position: the cosines of its pairs, then their sines, each times the magnitude. */
    MemorySegment data() {
        return data;
    }

    long offset(int position) {
        return 8L * position * pairs;
    }

    /** Whether a row of {@code x} and of {@code y} can be rotated for {@code position}; if not, it is an exception. */
    void check(int position, Matrix x, Matrix y, int row) {
        if (position < 0 || position >= positions) {
            throw new IllegalArgumentException("position " + position + " of " + positions + " computed ones");
        }
        if (x.cols() < rope.headDim()
                || x.cols() % rope.headDim() != 0
                || x.cols() != y.cols()
                || row < 0
                || row >= x.rows()
                || row >= y.rows()) {
            throw new IllegalArgumentException(
                    "row " + row + " of " + x + " and " + y + " with heads of " + rope.headDim());
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
