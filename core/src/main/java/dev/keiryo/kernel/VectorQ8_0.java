package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q8_0. */
final class VectorQ8_0 extends PanelQuants {
    private static final int BLOCK = 34 * ROWS;

    VectorQ8_0() {
        super(TensorType.Q8_0, true, Order.CENTERED, true);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at, BLOCK, parts, out.scales, row, out.run(1, 0));
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < parts; p++) {
            long quants = at + (long) p * BLOCK + 2L * ROWS;
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector v = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, quants + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts();
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                v.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .intoArray(out.pairs, to);
                v.lanewise(VectorOperators.ASHR, 8).intoArray(out.pairs, to + further);
            }
        }
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        VectorBlocks.bytes(at, parts, false, inputs, block, y, to);
    }
}
