package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of INT8: quants up to 255, of whose products with int8 only one fits in 16 bits. */
final class VectorInt8 extends PanelQuants {
    private static final int BLOCK = 36 * ROWS;

    VectorInt8() {
        super(TensorType.INT8, true, Order.CENTERED, true);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at, BLOCK, parts, out.scales, row, out.run(1, 0));
        halves(at + 2 * ROWS, BLOCK, parts, out.offsets, row, out.run(1, 0));
        for (int p = 0; p < parts; p++) {
            int run = out.run(p, 0) + row;
            for (int r = run; r < run + ROWS; r += LANES) {
                FloatVector.fromArray(Lanes.F, out.offsets, r)
                        .mul(FloatVector.fromArray(Lanes.F, out.scales, r))
                        .neg()
                        .intoArray(out.offsets, r);
            }
        }
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < parts; p++) {
            long quants = at + (long) p * BLOCK + 4L * ROWS;
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector v = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, quants + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts();
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                v.and((short) 255).intoArray(out.pairs, to);
                v.lanewise(VectorOperators.LSHR, 8).intoArray(out.pairs, to + further);
            }
        }
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        VectorBlocks.bytes(at, parts, true, inputs, block, y, to);
    }
}
