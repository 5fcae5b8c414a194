package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q4_0. */
final class VectorQ4_0 extends PanelQuants {
    private static final int BLOCK = 18 * ROWS;

    VectorQ4_0() {
        super(TensorType.Q4_0, false, Order.NIBBLES);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        halves(w, at, BLOCK, parts, out.scales, row, out.run(1, 0));
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        nibbles(w, at + 2 * ROWS, BLOCK, parts, 8, out, row);
    }

    @Override
    void dot(MemorySegment w, long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        int[] x = inputs.pairs;
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            for (int p = 0; p < parts; p++) {
                long from = at + (long) BLOCK * p;
                long quants = from + 2 * ROWS + 4L * r;
                int i = 16 * (block + p);
                ShortVector v0 = ShortVector.fromMemorySegment(S, w, quants + 0L * ROWS, ORDER);
                ShortVector a = v0.mul(IntVector.broadcast(I, x[i]).reinterpretAsShorts());
                ShortVector b = v0.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(I, x[i + 4]).reinterpretAsShorts());
                ShortVector c = v0.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 8]).reinterpretAsShorts());
                ShortVector e = v0.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(I, x[i + 12]).reinterpretAsShorts());
                ShortVector v1 = ShortVector.fromMemorySegment(S, w, quants + 4L * ROWS, ORDER);
                a = v1.mul(IntVector.broadcast(I, x[i + 1]).reinterpretAsShorts())
                        .add(a);
                b = v1.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(I, x[i + 5]).reinterpretAsShorts())
                        .add(b);
                c = v1.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 9]).reinterpretAsShorts())
                        .add(c);
                e = v1.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(I, x[i + 13]).reinterpretAsShorts())
                        .add(e);
                ShortVector v2 = ShortVector.fromMemorySegment(S, w, quants + 8L * ROWS, ORDER);
                a = v2.mul(IntVector.broadcast(I, x[i + 2]).reinterpretAsShorts())
                        .add(a);
                b = v2.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(I, x[i + 6]).reinterpretAsShorts())
                        .add(b);
                c = v2.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 10]).reinterpretAsShorts())
                        .add(c);
                e = v2.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(I, x[i + 14]).reinterpretAsShorts())
                        .add(e);
                ShortVector v3 = ShortVector.fromMemorySegment(S, w, quants + 12L * ROWS, ORDER);
                a = v3.mul(IntVector.broadcast(I, x[i + 3]).reinterpretAsShorts())
                        .add(a);
                b = v3.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(I, x[i + 7]).reinterpretAsShorts())
                        .add(b);
                c = v3.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 11]).reinterpretAsShorts())
                        .add(c);
                e = v3.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(I, x[i + 15]).reinterpretAsShorts())
                        .add(e);
                IntVector both = a.add(b).add(c.add(e)).reinterpretAsInts();
                IntVector dot = both.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(both.lanewise(VectorOperators.ASHR, 16))
                        .add(IntVector.broadcast(I, inputs.low[block + p]));
                // As halves().
                IntVector bits = ((IntVector) ShortVector.fromMemorySegment(Lanes.SHORTS, w, from + 2L * r, ORDER)
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
