package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q3_K. */
final class VectorQ3_K extends PanelQuants {
    VectorQ3_K() {
        super(TensorType.Q3_K, false);
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            long quants = at + 32L * ROWS + 32L * ROWS * (p / 4);
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector low = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, quants + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts()
                        .lanewise(VectorOperators.LSHR, (short) (p % 4 * 2))
                        .and((short) 0x0303);
                ShortVector q = ByteVector.fromMemorySegment(B, Lanes.ALL, at + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts()
                        .lanewise(VectorOperators.LSHR, p)
                        .and((short) 0x0101)
                        .lanewise(VectorOperators.LSHL, 2)
                        .or(low);
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                q.and((short) 0xff).sub((short) 4).intoArray(out.pairs, to);
                q.lanewise(VectorOperators.LSHR, 8).sub((short) 4).intoArray(out.pairs, to + further);
            }
        }
    }

    /** {@code d·(code - 32)}, the code's low nibbles and high pairs of bits in fields of their own. */
    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at + 108 * ROWS, 0, 1, out.bases, row, 0);
        long codes = at + 96 * ROWS;
        for (int run = 0; run < 16; run++) {
            for (int r = 0; r < ROWS; r += LANES) {
                IntVector high = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, codes + 8L * ROWS + 4L * r & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, run % 4 * 8 + run / 4 * 2)
                        .and(3)
                        .lanewise(VectorOperators.LSHL, 4);
                IntVector code = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, codes + 4L * (run / 4 % 2 * ROWS + r) & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, run % 4 * 8 + run / 8 * 4)
                        .and(15)
                        .or(high)
                        .sub(32);
                ((FloatVector) code.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(FloatVector.fromArray(Lanes.F, out.bases, row + r))
                        .intoArray(out.scales, run * out.rows + row + r);
            }
        }
    }
}
