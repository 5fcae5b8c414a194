package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q4_0. */
final class VectorQ4_0 extends PanelQuants {
    private static final int BLOCK = 18 * ROWS;

    VectorQ4_0() {
        super(TensorType.Q4_0, false, Order.NIBBLES, true);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at, BLOCK, parts, out.scales, row, out.run(1, 0));
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        nibbles(at + 2 * ROWS, BLOCK, parts, 8, out, row);
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        int[] x = inputs.pairs;
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            for (int p = 0; p < parts; p++) {
                long from = at + (long) BLOCK * p;
                long quants = from + 2L * ROWS + 4L * r;
                int i = 16 * (block + p);
                ShortVector a = ShortVector.zero(S);
                ShortVector b = ShortVector.zero(S);
                ShortVector c = ShortVector.zero(S);
                ShortVector e = ShortVector.zero(S);
                for (int j = 0; j < 4; j++) {
                    ShortVector v = ByteVector.fromMemorySegment(
                                    B, Lanes.ALL, quants + 4L * ROWS * j & Lanes.ADDRESSES, Lanes.ORDER)
                            .reinterpretAsShorts();
                    a = v.mul(IntVector.broadcast(I, x[i + j]).reinterpretAsShorts())
                            .add(a);
                    b = v.lanewise(VectorOperators.LSHR, 4)
                            .mul(IntVector.broadcast(I, x[i + j + 4]).reinterpretAsShorts())
                            .add(b);
                    c = v.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 8]).reinterpretAsShorts())
                            .add(c);
                    e = v.lanewise(VectorOperators.LSHR, 12)
                            .mul(IntVector.broadcast(I, x[i + j + 12]).reinterpretAsShorts())
                            .add(e);
                }
                IntVector both = a.add(b).add(c.add(e)).reinterpretAsInts();
                IntVector dot = both.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(both.lanewise(VectorOperators.ASHR, 16))
                        .add(IntVector.broadcast(I, inputs.low[block + p]));
                // As halves().
                IntVector bits = ((IntVector) ByteVector.fromMemorySegment(
                                        HALF, Lanes.ALL, from + 2L * r & Lanes.ADDRESSES, Lanes.ORDER)
                                .reinterpretAsShorts()
                                .convertShape(VectorOperators.S2I, I, 0))
                        .lanewise(VectorOperators.LSHL, 13)
                        .and(0x8fffe000);
                VectorMask<Integer> special = bits.and(HALF_INFINITY).eq(HALF_INFINITY);
                FloatVector scale = bits.reinterpretAsFloats()
                        .mul(0x1p112f)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.OR, 0x7f800000, special)
                        .reinterpretAsFloats();
                sum = ((FloatVector) dot.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(scale)
                        .fma(FloatVector.broadcast(Lanes.F, inputs.d[block + p]), sum);
            }
            sum.intoArray(y, to + r);
        }
    }
}
