package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.MXFP4;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of MXFP4. */
final class VectorMXFP4 extends PanelQuants {
    private static final int BLOCK = 17 * ROWS;

    /** Twice the values: whole numbers. */
    private static final NibbleTable DOUBLED = new NibbleTable(MXFP4.levels());

    VectorMXFP4() {
        super(TensorType.MXFP4, false, Order.CENTERED, true);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        for (int p = 0; p < parts; p++) {
            for (int r = 0; r < ROWS; r += LANES) {
                // 2^(e - 128), subnormal for e = 0 and 1.
                IntVector e = Lanes.bytes(Lanes.ALL, at + (long) p * BLOCK + r & Lanes.ADDRESSES);
                e.sub(1)
                        .lanewise(VectorOperators.LSHL, 23)
                        .blend(e.add(1).lanewise(VectorOperators.LSHL, 21), e.lt(2))
                        .reinterpretAsFloats()
                        .intoArray(out.scales, out.run(p, 0) + row + r);
            }
        }
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        DOUBLED.look(at + ROWS, BLOCK, parts, out, row);
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        for (int p = 0; p < parts; p += NibbleTable.PAIR) {
            int some = Math.min(NibbleTable.PAIR, parts - p);
            long from = at + bytes(p);
            scales(from, some, memory.chunk, 0);
            DOUBLED.dot(from + ROWS, 2 * BLOCK, BLOCK, some, memory.chunk.scales, inputs, block + p, y, to);
        }
    }
}
