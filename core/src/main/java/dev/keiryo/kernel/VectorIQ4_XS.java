package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of IQ4_XS. */
final class VectorIQ4_XS extends PanelQuants {
    VectorIQ4_XS() {
        super(TensorType.IQ4_XS, true, Order.CENTERED, false);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at, 0, 1, out.bases, row, 0);
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            for (int r = 0; r < ROWS; r += LANES) {
                IntVector high = ((IntVector) ByteVector.fromMemorySegment(
                                        HALF, Lanes.ALL, at + 2L * ROWS + 2L * r & Lanes.ADDRESSES, Lanes.ORDER)
                                .reinterpretAsShorts()
                                .convertShape(VectorOperators.S2I, I, 0))
                        .lanewise(VectorOperators.LSHR, 2 * p)
                        .and(3)
                        .lanewise(VectorOperators.LSHL, 4);
                IntVector code = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, at + 4L * ROWS + 4L * r & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 4 * p)
                        .and(15)
                        .or(high)
                        .sub(32);
                ((FloatVector) code.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(FloatVector.fromArray(Lanes.F, out.bases, row + r))
                        .intoArray(out.scales, out.run(p, 0) + row + r);
            }
        }
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        VectorIQ4_NL.LEVELS.look(at + 8 * ROWS, 16 * ROWS, PanelChunk.PARTS, out, row);
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        for (int p = 0; p < parts; p += PanelChunk.PARTS) {
            int some = Math.min(PanelChunk.PARTS, parts - p);
            long from = at + bytes(p);
            scales(from, some, memory.chunk, 0);
            VectorIQ4_NL.LEVELS.dot(
                    from + 8 * ROWS, 32 * ROWS, 16 * ROWS, some, memory.chunk.scales, inputs, block + p, y, to);
        }
    }
}
