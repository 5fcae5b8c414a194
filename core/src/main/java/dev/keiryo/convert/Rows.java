package dev.keiryo.convert;

import dev.keiryo.FormatException;
import dev.keiryo.file.MappedFile;
import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Reads rows of one part of a tensor as float32, in the order in which they are written. One for each thread. */
final class Rows {
    /** Weights of a piece. */
    private static final int PIECE = 1 << 18;

    private final TensorPlan.Entry entry;
    private final Weight w;
    private final short[] halves;
    final float[] values;

    Rows(TensorPlan.Entry entry, Weight w, Pieces.Buffers buffers) {
        this.entry = entry;
        this.w = w;
        this.halves = new short[w.type() == TensorType.F16 ? w.cols() : 0];
        this.values = buffers.values(largest(w));
    }

    /** Weights of the largest piece. */
    static int largest(Weight w) {
        return Math.multiplyExact(Math.min(step(w), count(w)), w.cols());
    }

    /** Rows that there are: a vector whose elements are rows (a bias) is one. */
    static int count(Weight w) {
        return w.shape().length < 2 ? 1 : w.rows();
    }

    /** Rows of a piece. */
    static int step(Weight w) {
        return Math.clamp(PIECE / Math.max(1, w.cols()), 1, Integer.MAX_VALUE);
    }

    /**
     * Fills {@link #values}, and gives the memory of what was read back to the system.
     *
     * @return how many they are
     */
    int read(int from, int to) throws FormatException {
        int cols = w.cols();
        int n = (to - from) * cols;
        if (w.shape().length < 2) {
            w.decode(0, values, 0, n);
            reorder(n);
        } else {
            for (int r = from; r < to; r++) {
                decode(entry.sourceRow(r, w.rows()) * cols, (r - from) * cols);
            }
            MappedFile.release(w.data().asSlice(from * w.rowBytes(), (to - from) * w.rowBytes()));
        }
        checkFinite(from, n);
        return n;
    }

    /** A row from weight {@code first} on, to {@code at}. Of float16 by way of an array, over which the loop becomes vector code. */
    private void decode(long first, int at) {
        int cols = w.cols();
        if (w.type() != TensorType.F16) {
            w.decode(first, values, at, cols);
            return;
        }
        MemorySegment.copy(w.data(), BlockCodec.I16, 2 * first, halves, 0, cols);
        for (int i = 0; i < cols; i++) {
            values[at + i] = Float.float16ToFloat(halves[i]);
        }
    }

    private void reorder(int n) {
        float[] stored = Arrays.copyOf(values, n);
        for (int i = 0; i < n; i++) {
            values[i] = stored[(int) entry.sourceRow(i, n)];
        }
    }

    /** A scale would make others' values of one that is no number. */
    private void checkFinite(int from, int n) throws FormatException {
        if (entry.type().blockSize() == 1) {
            return;
        }
        float largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        for (int i = 0; i < n && !(largest <= Float.MAX_VALUE); i++) {
            if (!Float.isFinite(values[i])) {
                throw new FormatException(
                        w.name(),
                        "has " + values[i] + " in row " + (from + i / w.cols()) + ", which cannot be written as "
                                + entry.type().label());
            }
        }
    }
}
