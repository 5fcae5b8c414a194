package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q5_K. */
final class VectorQ5_K extends PanelQuants {
    VectorQ5_K() {
        super(TensorType.Q5_K, true, Order.BYTES, false);
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
                        .reinterpretAsShorts()
                        .lanewise(VectorOperators.LSHR, (short) (p % 2 * 4))
                        .and((short) 0x0f0f);
                ShortVector q = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, at + 16L * ROWS + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts()
                        .lanewise(VectorOperators.LSHR, p)
                        .and((short) 0x0101)
                        .lanewise(VectorOperators.LSHL, 4)
                        .or(nibbles);
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                q.and((short) 0xff).intoArray(out.pairs, to);
                q.lanewise(VectorOperators.LSHR, 8).intoArray(out.pairs, to + further);
            }
        }
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        VectorQ4_K.dot(this, at, parts, inputs, block, memory, y, to);
    }

    /** As {@link VectorQ4_K#block}, with fifth bits; only eight products fit in 16 bits. */
    static void block(long address, PanelChunk factors, DotInputs inputs, int block, float[] y, int to) {
        int[] x = inputs.pairs;
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            long fifths = address + 4L * r & Lanes.ADDRESSES;
            for (int p = 0; p < PanelChunk.PARTS; p += 2) {
                long from = address + 32L * ROWS + 16L * ROWS * p + 4L * r & Lanes.ADDRESSES;
                int i = 16 * (block + p);
                ShortVector a = ShortVector.zero(S);
                ShortVector b = ShortVector.zero(S);
                ShortVector c = ShortVector.zero(S);
                ShortVector e = ShortVector.zero(S);
                for (int j = 0; j < 4; j++) {
                    IntVector v = ByteVector.fromMemorySegment(B, Lanes.ALL, from + (4 * ROWS * j & 0xfff), Lanes.ORDER)
                            .reinterpretAsInts();
                    IntVector t = ByteVector.fromMemorySegment(
                                    B, Lanes.ALL, fifths + (4 * ROWS * j & 0xfff), Lanes.ORDER)
                            .reinterpretAsInts()
                            .lanewise(VectorOperators.LSHR, p);
                    ShortVector low = t.lanewise(VectorOperators.LSHL, 4)
                            .and(0x10101010)
                            .or(v.and(0x0f0f0f0f))
                            .reinterpretAsShorts();
                    ShortVector high = t.lanewise(VectorOperators.LSHL, 3)
                            .and(0x10101010)
                            .or(v.lanewise(VectorOperators.LSHR, 4).and(0x0f0f0f0f))
                            .reinterpretAsShorts();
                    a = low.mul(IntVector.broadcast(I, x[i + j]).reinterpretAsShorts())
                            .add(a);
                    a = low.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 8]).reinterpretAsShorts())
                            .add(a);
                    c = high.mul(IntVector.broadcast(I, x[i + j + 16]).reinterpretAsShorts())
                            .add(c);
                    c = high.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 24]).reinterpretAsShorts())
                            .add(c);
                    v = ByteVector.fromMemorySegment(B, Lanes.ALL, from + (4 * ROWS * (j + 4) & 0xfff), Lanes.ORDER)
                            .reinterpretAsInts();
                    t = ByteVector.fromMemorySegment(B, Lanes.ALL, fifths + (4 * ROWS * (j + 4) & 0xfff), Lanes.ORDER)
                            .reinterpretAsInts()
                            .lanewise(VectorOperators.LSHR, p);
                    low = t.lanewise(VectorOperators.LSHL, 4)
                            .and(0x10101010)
                            .or(v.and(0x0f0f0f0f))
                            .reinterpretAsShorts();
                    high = t.lanewise(VectorOperators.LSHL, 3)
                            .and(0x10101010)
                            .or(v.lanewise(VectorOperators.LSHR, 4).and(0x0f0f0f0f))
                            .reinterpretAsShorts();
                    b = low.mul(IntVector.broadcast(I, x[i + j + 4]).reinterpretAsShorts())
                            .add(b);
                    b = low.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 12]).reinterpretAsShorts())
                            .add(b);
                    e = high.mul(IntVector.broadcast(I, x[i + j + 20]).reinterpretAsShorts())
                            .add(e);
                    e = high.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 28]).reinterpretAsShorts())
                            .add(e);
                }
                IntVector first = a.reinterpretAsInts();
                IntVector second = b.reinterpretAsInts();
                IntVector dot = first.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(first.lanewise(VectorOperators.ASHR, 16))
                        .add(second.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(second.lanewise(VectorOperators.ASHR, 16));
                int run = 2 * p * ROWS + r;
                sum = ((FloatVector) dot.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(FloatVector.fromArray(Lanes.F, factors.scales, run))
                        .fma(FloatVector.broadcast(Lanes.F, inputs.d[block + p]), sum);
                sum = IntVector.broadcast(I, inputs.low[block + p])
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(Lanes.F, factors.offsets, run), sum);
                first = c.reinterpretAsInts();
                second = e.reinterpretAsInts();
                dot = first.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(first.lanewise(VectorOperators.ASHR, 16))
                        .add(second.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(second.lanewise(VectorOperators.ASHR, 16));
                run += 2 * ROWS;
                sum = ((FloatVector) dot.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(FloatVector.fromArray(Lanes.F, factors.scales, run))
                        .fma(FloatVector.broadcast(Lanes.F, inputs.d[block + p + 1]), sum);
                sum = IntVector.broadcast(I, inputs.low[block + p + 1])
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(Lanes.F, factors.offsets, run), sum);
            }
            sum.intoArray(y, to + r);
        }
    }
}
