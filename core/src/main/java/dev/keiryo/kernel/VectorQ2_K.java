package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q2_K. */
final class VectorQ2_K extends PanelQuants {
    VectorQ2_K() {
        super(TensorType.Q2_K, false);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at + 80 * ROWS, 2 * ROWS, 2, out.bases, row, out.rows);
        nibbles(at, 0, 1, out, row, out.scales, row);
        nibbles(at, 4, -1, out, row + out.rows, out.offsets, row);
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            long quants = at + 16L * ROWS + 32L * ROWS * (p / 4);
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector q = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, quants + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts()
                        .lanewise(VectorOperators.LSHR, (short) (p % 4 * 2))
                        .and((short) 0x0303);
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                q.and((short) 0xff).intoArray(out.pairs, to);
                q.lanewise(VectorOperators.LSHR, 8).intoArray(out.pairs, to + further);
            }
        }
    }

    /** {@code sign·d·code}, the codes being nibbles {@code shift} bits up in their bytes. */
    private static void nibbles(long at, int shift, float sign, PanelChunk out, int d, float[] to, int row) {
        for (int run = 0; run < 16; run++) {
            for (int r = 0; r < ROWS; r += LANES) {
                IntVector code = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, at + 4L * (run / 4 * ROWS + r) & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, run % 4 * 8 + shift)
                        .and(15);
                ((FloatVector) code.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(FloatVector.fromArray(Lanes.F, out.bases, d + r).mul(sign))
                        .intoArray(to, run * out.rows + row + r);
            }
        }
    }
}
