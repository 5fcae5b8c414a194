package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Unpacks a quantized format's panels by {@link PanelChunk chunks}: each format's bits become the same signed bytes and
 * float32 scales, so that only this depends on the format. An unpacked chunk stays in the nearest cache.
 */
abstract class PanelQuants {
    /** Bytes that one unit of a byte takes in a panel. */
    static final int ROWS = Panels.ROWS;

    static final int NIBBLES = 0x0f0f0f0f;

    /** Whether quants go beyond ±32, so that eight products with int8 do not fit in 16 bits; two do. */
    final boolean wide;

    PanelQuants(boolean wide) {
        this.wide = wide;
    }

    /**
     * Fills {@code out} with {@code parts} times 32 columns.
     *
     * @param at where the first of their blocks begins in {@code w}
     * @param parts whole blocks: 8 for formats whose blocks hold 256 weights, 1 to 8 for others
     */
    final void unpack(MemorySegment w, long at, int parts, PanelChunk out) {
        scales(w, at, parts, out);
        quants(w, at, parts, out);
    }

    /** Fills in scales and offsets. */
    abstract void scales(MemorySegment w, long at, int parts, PanelChunk out);

    /** Fills in quants. */
    abstract void quants(MemorySegment w, long at, int parts, PanelChunk out);

    /** The 16 float16s at {@code at} as the first run of {@code part} in {@code out}. */
    static void halves(MemorySegment w, long at, float[] out, int part) {
        for (int r = 0; r < ROWS; r += LANES) {
            Lanes.halves(w, at + 2L * r).intoArray(out, PanelChunk.run(part, 0) + r);
        }
    }

    /**
     * A part's 32 nibbles of 16 bytes, first the low ones, each less {@code zero}.
     *
     * @param quants where the first byte's unit begins
     */
    static void nibbles(MemorySegment w, long quants, int zero, int[] out, int at) {
        for (int i = 0; i < 4 * ROWS; i += LANES) {
            IntVector v = Lanes.ints(w, quants + 4L * i);
            less(v.and(NIBBLES), zero).intoArray(out, at + i);
            less(v.lanewise(VectorOperators.LSHR, 4).and(NIBBLES), zero).intoArray(out, at + 4 * ROWS + i);
        }
    }

    /** Each of the four bytes in a lane less {@code n}. */
    static IntVector less(IntVector v, int n) {
        return n == 0 ? v : v.reinterpretAsBytes().sub((byte) n).reinterpretAsInts();
    }

    /** {@code d·n}, lane by lane. */
    static FloatVector scaled(FloatVector d, IntVector n) {
        return Lanes.toFloat(n).mul(d);
    }
}
