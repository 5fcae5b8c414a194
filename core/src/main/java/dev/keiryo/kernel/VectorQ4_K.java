package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q4_K. */
final class VectorQ4_K extends PanelQuants {
    private static final int PART = PanelChunk.PART;

    VectorQ4_K() {
        super(false);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        sixBits(w, at, out);
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int pair = 0; pair < 4; pair++) {
            long quants = at + 16 * ROWS + 32L * ROWS * pair;
            for (int i = 0; i < PART; i += LANES) {
                IntVector v = Lanes.ints(w, quants + 4L * i);
                v.and(NIBBLES).intoArray(out.quants, 2 * pair * PART + i);
                v.lanewise(VectorOperators.LSHR, 4).and(NIBBLES).intoArray(out.quants, (2 * pair + 1) * PART + i);
            }
        }
    }

    /** Scales and offsets of 6 bits each: those of the last four parts are in two pieces, as in {@code KScales}. */
    static void sixBits(MemorySegment w, long at, PanelChunk out) {
        sixBits(w, at, at + 4 * ROWS, 0, 1, at + 12 * ROWS, out.scales);
        sixBits(w, at + 2 * ROWS, at + 8 * ROWS, 4, -1, at + 12 * ROWS, out.offsets);
    }

    /** {@code sign·d·code}; {@code rest} holds the last codes' low bits, {@code shift} bits up. */
    private static void sixBits(MemorySegment w, long d, long codes, int shift, float sign, long rest, float[] out) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector scale = Lanes.halves(w, d + 2L * r).mul(sign);
            IntVector first = Lanes.ints(w, codes + 4L * r);
            IntVector last = Lanes.ints(w, rest + 4L * r).lanewise(VectorOperators.LSHR, shift);
            for (int p = 0; p < 4; p++) {
                scaled(scale, first.and(63)).intoArray(out, PanelChunk.run(p, 0) + r);
                IntVector top = first.lanewise(VectorOperators.LSHR, 2).and(48);
                scaled(scale, last.and(15).or(top)).intoArray(out, PanelChunk.run(p + 4, 0) + r);
                first = first.lanewise(VectorOperators.LSHR, 8);
                last = last.lanewise(VectorOperators.LSHR, 8);
            }
        }
    }
}
