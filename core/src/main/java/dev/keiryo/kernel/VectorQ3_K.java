package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q3_K. */
final class VectorQ3_K extends PanelQuants {
    VectorQ3_K() {
        super(TensorType.Q3_K, false, Order.BYTES, false);
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
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector d = FloatVector.fromArray(Lanes.F, out.bases, row + r);
            long units = at + 96L * ROWS + 4L * r;
            IntVector high = ByteVector.fromMemorySegment(
                            B, Lanes.ALL, units + 8L * ROWS & Lanes.ADDRESSES, Lanes.ORDER)
                    .reinterpretAsInts();
            for (int four = 0; four < 4; four++) {
                IntVector codes = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, units + 4L * ROWS * (four % 2) & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, four / 2 * 4)
                        .and(0x0f0f0f0f)
                        .or(high.and(0x03030303).lanewise(VectorOperators.LSHL, 4));
                high = high.lanewise(VectorOperators.LSHR, 2);
                int to = 4 * four * out.rows + row + r;
                for (int i = 0; i < 4; i++) {
                    ((FloatVector) codes.and(255).sub(32).convertShape(VectorOperators.I2F, Lanes.F, 0))
                            .mul(d)
                            .intoArray(out.scales, to + i * out.rows);
                    codes = codes.lanewise(VectorOperators.LSHR, 8);
                }
            }
        }
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        for (int p = 0; p < parts; p += PanelChunk.PARTS) {
            long from = at + bytes(p);
            scales(from, PanelChunk.PARTS, memory.chunk, 0);
            for (int half = 0; half < 2; half++) {
                int first = block + p + 4 * half;
                half(from + 32L * ROWS * (1 + half), from, 4 * half, inputs, first, memory.dots);
                memory.addRuns(memory.chunk, 4 * half, false, inputs, first, y, to);
            }
        }
    }

    /**
     * Products of four parts, {@code out[part][2][row]}, whose low bits are in the same bytes, as are their high ones, from bit
     * {@code shift} on.
     */
    private static void half(long at, long high, int shift, DotInputs inputs, int block, float[] out) {
        int[] x = inputs.pairs;
        for (int r = 0; r < ROWS; r += LANES) {
            for (int run = 0; run < 2; run++) {
                long lows = at + 16L * ROWS * run + 4L * r & Lanes.ADDRESSES;
                long tops = high + 16L * ROWS * run + 4L * r & Lanes.ADDRESSES;
                int[] zeros = run == 0 ? inputs.low : inputs.high;
                int i = 16 * block + 4 * run;
                ShortVector a = ShortVector.zero(S);
                ShortVector b = ShortVector.zero(S);
                ShortVector c = ShortVector.zero(S);
                ShortVector e = ShortVector.zero(S);
                for (int j = 0; j < 4; j++) {
                    IntVector v = ByteVector.fromMemorySegment(B, Lanes.ALL, lows + (4 * ROWS * j & 0xfff), Lanes.ORDER)
                            .reinterpretAsInts();
                    IntVector top = ByteVector.fromMemorySegment(
                                    B, Lanes.ALL, tops + (4 * ROWS * j & 0xfff), Lanes.ORDER)
                            .reinterpretAsInts()
                            .lanewise(VectorOperators.LSHR, shift);
                    ShortVector k = v.and(0x03030303)
                            .or(top.lanewise(VectorOperators.LSHL, 2).and(0x04040404))
                            .reinterpretAsShorts();
                    a = k.mul(IntVector.broadcast(I, x[i + j]).reinterpretAsShorts())
                            .add(a);
                    a = k.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 8]).reinterpretAsShorts())
                            .add(a);
                    k = v.lanewise(VectorOperators.LSHR, 2)
                            .and(0x03030303)
                            .or(top.lanewise(VectorOperators.LSHL, 1).and(0x04040404))
                            .reinterpretAsShorts();
                    b = k.mul(IntVector.broadcast(I, x[i + j + 16]).reinterpretAsShorts())
                            .add(b);
                    b = k.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 24]).reinterpretAsShorts())
                            .add(b);
                    k = v.lanewise(VectorOperators.LSHR, 4)
                            .and(0x03030303)
                            .or(top.and(0x04040404))
                            .reinterpretAsShorts();
                    c = k.mul(IntVector.broadcast(I, x[i + j + 32]).reinterpretAsShorts())
                            .add(c);
                    c = k.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 40]).reinterpretAsShorts())
                            .add(c);
                    k = v.lanewise(VectorOperators.LSHR, 6)
                            .and(0x03030303)
                            .or(top.lanewise(VectorOperators.LSHR, 1).and(0x04040404))
                            .reinterpretAsShorts();
                    e = k.mul(IntVector.broadcast(I, x[i + j + 48]).reinterpretAsShorts())
                            .add(e);
                    e = k.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 56]).reinterpretAsShorts())
                            .add(e);
                }
                int to = run * ROWS + r;
                IntVector both = a.reinterpretAsInts();
                ((FloatVector) both.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16)
                                .add(both.lanewise(VectorOperators.ASHR, 16))
                                .add(IntVector.broadcast(I, zeros[block]))
                                .convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .intoArray(out, to);
                both = b.reinterpretAsInts();
                ((FloatVector) both.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16)
                                .add(both.lanewise(VectorOperators.ASHR, 16))
                                .add(IntVector.broadcast(I, zeros[block + 1]))
                                .convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .intoArray(out, to + 2 * ROWS);
                both = c.reinterpretAsInts();
                ((FloatVector) both.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16)
                                .add(both.lanewise(VectorOperators.ASHR, 16))
                                .add(IntVector.broadcast(I, zeros[block + 2]))
                                .convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .intoArray(out, to + 4 * ROWS);
                both = e.reinterpretAsInts();
                ((FloatVector) both.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16)
                                .add(both.lanewise(VectorOperators.ASHR, 16))
                                .add(IntVector.broadcast(I, zeros[block + 3]))
                                .convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .intoArray(out, to + 6 * ROWS);
            }
        }
    }
}
