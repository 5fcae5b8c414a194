package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q5_0. */
final class VectorQ5_0 extends PanelQuants {
    /** Times four bits: each comes to where the fifth bit of a byte belongs; what else comes there is masked. */
    private static final int SPREAD = 1 << 4 | 1 << 11 | 1 << 18 | 1 << 25;

    private static final int FIFTH_BITS = 0x10101010;

    VectorQ5_0() {
        super(false);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            halves(w, at + 22L * ROWS * p, out.scales, p);
        }
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            long block = at + 22L * ROWS * p;
            quants(w, block + 2 * ROWS, 16, out.quants, p * PanelChunk.PART);
        }
    }

    /** A part's 32 fifth bits, at {@code fifths}, and the nibbles that follow them, together less {@code zero}. */
    static void quants(MemorySegment w, long fifths, int zero, int[] out, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            IntVector bits = Lanes.ints(w, fifths + 4L * r);
            for (int j = 0; j < 4; j++) {
                IntVector v = Lanes.ints(w, fifths + 4L * ROWS * (j + 1) + 4L * r);
                IntVector low = v.and(NIBBLES).or(fifth(bits, 4 * j));
                IntVector high =
                        v.lanewise(VectorOperators.LSHR, 4).and(NIBBLES).or(fifth(bits, 16 + 4 * j));
                less(low, zero).intoArray(out, at + ROWS * j + r);
                less(high, zero).intoArray(out, at + ROWS * (4 + j) + r);
            }
        }
    }

    private static IntVector fifth(IntVector bits, int first) {
        return bits.lanewise(VectorOperators.LSHR, first).and(15).mul(SPREAD).and(FIFTH_BITS);
    }
}
