package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q5_K. */
final class VectorQ5_K extends PanelQuants {
    VectorQ5_K() {
        super(TensorType.Q5_K, true);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        VectorQ4_K.sixBits(at, out, row);
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            long quants = at + 48L * ROWS + 32L * ROWS * (p / 2);
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector nibbles = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, quants + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, p % 2 * 4)
                        .and(0x0f0f0f0f)
                        .reinterpretAsShorts();
                ShortVector q = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, at + 16L * ROWS + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, p)
                        .and(0x01010101)
                        .lanewise(VectorOperators.LSHL, 4)
                        .reinterpretAsShorts()
                        .or(nibbles);
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                q.and((short) 0xff).intoArray(out.pairs, to);
                q.lanewise(VectorOperators.LSHR, 8).intoArray(out.pairs, to + further);
            }
        }
    }
}
