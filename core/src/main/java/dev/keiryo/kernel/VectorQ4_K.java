package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q4_K. */
final class VectorQ4_K extends PanelQuants {
    VectorQ4_K() {
        super(false, 1);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        sixBits(w, at, out, row);
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < PanelChunk.PARTS; p += 2) {
            long quants = at + (16 + 16L * p) * ROWS;
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector v = ShortVector.fromMemorySegment(S, w, quants + 4L * i, ORDER);
                int low = out.pair(p, i / ROWS * 2, row + i % ROWS);
                int high = low + PanelChunk.PAIRS * further;
                v.and((short) 15).intoArray(out.pairs, low);
                v.lanewise(VectorOperators.LSHR, 8).and((short) 15).intoArray(out.pairs, low + further);
                v.lanewise(VectorOperators.LSHR, 4).and((short) 15).intoArray(out.pairs, high);
                v.lanewise(VectorOperators.LSHR, 12).intoArray(out.pairs, high + further);
            }
        }
    }

    /** Scales and offsets of 6 bits each: those of the last four parts are in two pieces, as in {@code KScales}. */
    static void sixBits(MemorySegment w, long at, PanelChunk out, int row) {
        halves(w, at, 2 * ROWS, 2, out.bases, row, out.rows);
        sixBits(w, at + 4 * ROWS, 0, 1, at + 12 * ROWS, out, row, out.scales, row);
        sixBits(w, at + 8 * ROWS, 4, -1, at + 12 * ROWS, out, row + out.rows, out.offsets, row);
    }

    /** {@code sign·d·code}; {@code rest} holds the last codes' low bits, {@code shift} bits up. */
    private static void sixBits(
            MemorySegment w, long codes, int shift, float sign, long rest, PanelChunk out, int d, float[] to, int row) {
        for (int p = 0; p < 4; p++) {
            for (int r = 0; r < ROWS; r += LANES) {
                FloatVector scale =
                        FloatVector.fromArray(Lanes.F, out.bases, d + r).mul(sign);
                IntVector first =
                        IntVector.fromMemorySegment(I, w, codes + 4L * r, ORDER).lanewise(VectorOperators.LSHR, 8 * p);
                IntVector last = IntVector.fromMemorySegment(I, w, rest + 4L * r, ORDER)
                        .lanewise(VectorOperators.LSHR, 8 * p + shift)
                        .and(15)
                        .or(first.lanewise(VectorOperators.LSHR, 2).and(48));
                ((FloatVector) first.and(63).convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(scale)
                        .intoArray(to, out.run(p, 0) + row + r);
                ((FloatVector) last.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(scale)
                        .intoArray(to, out.run(p + 4, 0) + row + r);
            }
        }
    }

    @Override
    void dots(
            MemorySegment w,
            long at,
            int parts,
            TileInputs inputs,
            int block,
            int token,
            PanelChunk chunk,
            short[] out) {
        int[] x = inputs.pairs;
        int odd = inputs.odd();
        for (int p = 0; p < PanelChunk.PARTS; p += 2) {
            int from = inputs.pair(block + p, token);
            int next = inputs.pair(block + p + 1, token);
            for (int r = 0; r < ROWS; r += LANES) {
                long quants = at + (16 + 16L * p) * ROWS + 4L * r;
                ShortVector low = ShortVector.zero(S);
                ShortVector high = ShortVector.zero(S);
                for (int j = 0; j < 8; j++) {
                    ShortVector v = ShortVector.fromMemorySegment(S, w, quants + 4L * ROWS * j, ORDER);
                    low = v.and((short) 15)
                            .mul(IntVector.broadcast(I, x[from + j]).reinterpretAsShorts())
                            .add(low);
                    high = v.lanewise(VectorOperators.LSHR, 4)
                            .and((short) 15)
                            .mul(IntVector.broadcast(I, x[next + j]).reinterpretAsShorts())
                            .add(high);
                    low = v.lanewise(VectorOperators.LSHR, 8)
                            .and((short) 15)
                            .mul(IntVector.broadcast(I, x[from + odd + j]).reinterpretAsShorts())
                            .add(low);
                    high = v.lanewise(VectorOperators.LSHR, 12)
                            .mul(IntVector.broadcast(I, x[next + odd + j]).reinterpretAsShorts())
                            .add(high);
                }
                low.intoArray(out, 2 * (2 * p * ROWS + r));
                high.intoArray(out, 2 * ((2 * p + 2) * ROWS + r));
            }
        }
    }
}
