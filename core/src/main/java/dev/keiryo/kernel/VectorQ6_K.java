package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q6_K. */
final class VectorQ6_K extends PanelQuants {
    VectorQ6_K() {
        super(TensorType.Q6_K, false, Order.BYTES, false);
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            long low = at + 64L * ROWS * (p / 4) + 32L * ROWS * (p % 2);
            long high = at + 128L * ROWS + 32L * ROWS * (p / 4);
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector nibbles = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, low + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts()
                        .lanewise(VectorOperators.LSHR, (short) (p / 2 % 2 * 4))
                        .and((short) 0x0f0f);
                ShortVector q = ByteVector.fromMemorySegment(B, Lanes.ALL, high + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts()
                        .lanewise(VectorOperators.LSHR, (short) (p % 4 * 2))
                        .and((short) 0x0303)
                        .lanewise(VectorOperators.LSHL, 4)
                        .or(nibbles);
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                q.and((short) 0xff).sub((short) 32).intoArray(out.pairs, to);
                q.lanewise(VectorOperators.LSHR, 8).sub((short) 32).intoArray(out.pairs, to + further);
            }
        }
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at + 208 * ROWS, 0, 1, out.bases, row, 0);
        for (int run = 0; run < 16; run++) {
            long codes = at + (192 + run / 4 * 4L) * ROWS;
            signedCodes(codes, run % 4 * 8, out.bases, row, out.scales, run * out.rows + row);
        }
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        for (int p = 0; p < parts; p += PanelChunk.PARTS) {
            long from = at + bytes(p);
            scales(from, PanelChunk.PARTS, memory.chunk, 0);
            for (int half = 0; half < 2; half++) {
                long low = from + 64L * ROWS * half;
                long high = from + 32L * ROWS * (4 + half);
                int first = block + p + 4 * half;
                half(low, high, inputs.pairs, inputs.sums, first, memory.dots);
                add(memory.dots, memory.chunk.scales, 8 * ROWS * half, inputs.d, first, y, to);
            }
        }
    }

    /**
     * Products of four parts, {@code out[part][2][row]}: of each and of the one after the next, the low bits are the same
     * bytes at {@code at}; all have their upper bits in those at {@code high}.
     */
    private static void half(long at, long high, int[] x, int[] sums, int block, float[] out) {
        for (int r = 0; r < ROWS; r += LANES) {
            for (int run = 0; run < 2; run++) {
                long tops = high + 16L * ROWS * run + 4L * r & Lanes.ADDRESSES;
                for (int part = 0; part < 2; part++) {
                    long lows = at + 16L * ROWS * (2 * part + run) + 4L * r & Lanes.ADDRESSES;
                    int i = 16 * (block + part) + 4 * run;
                    int sum = 2 * (block + part) + run;
                    // By how much the upper bits are lower than they belong.
                    int shift = 4 - 2 * part;
                    ShortVector a = IntVector.broadcast(I, sums[sum])
                            .reinterpretAsShorts()
                            .mul((short) -32);
                    ShortVector b = IntVector.broadcast(I, sums[sum + 4])
                            .reinterpretAsShorts()
                            .mul((short) -32);
                    for (int j = 0; j < 4; j++) {
                        int line = 4 * ROWS * j & 0xfff;
                        IntVector top = ByteVector.fromMemorySegment(B, Lanes.ALL, tops + line, Lanes.ORDER)
                                .reinterpretAsInts();
                        IntVector low = ByteVector.fromMemorySegment(B, Lanes.ALL, lows + line, Lanes.ORDER)
                                .reinterpretAsInts();
                        ShortVector k = low.and(0x0f0f0f0f)
                                .or(top.lanewise(VectorOperators.LSHL, shift).and(0x30303030))
                                .reinterpretAsShorts();
                        a = k.mul(IntVector.broadcast(I, x[i + j]).reinterpretAsShorts())
                                .add(a);
                        a = k.lanewise(VectorOperators.LSHR, 8)
                                .mul(IntVector.broadcast(I, x[i + j + 8]).reinterpretAsShorts())
                                .add(a);
                        k = low.lanewise(VectorOperators.LSHR, 4)
                                .and(0x0f0f0f0f)
                                .or(top.lanewise(VectorOperators.LSHR, 4 - shift)
                                        .and(0x30303030))
                                .reinterpretAsShorts();
                        b = k.mul(IntVector.broadcast(I, x[i + j + 32]).reinterpretAsShorts())
                                .add(b);
                        b = k.lanewise(VectorOperators.LSHR, 8)
                                .mul(IntVector.broadcast(I, x[i + j + 40]).reinterpretAsShorts())
                                .add(b);
                    }
                    int to = (2 * part + run) * ROWS + r;
                    IntVector both = a.reinterpretAsInts();
                    ((FloatVector) both.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 16)
                                    .add(both.lanewise(VectorOperators.ASHR, 16))
                                    .convertShape(VectorOperators.I2F, Lanes.F, 0))
                            .intoArray(out, to);
                    both = b.reinterpretAsInts();
                    ((FloatVector) both.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 16)
                                    .add(both.lanewise(VectorOperators.ASHR, 16))
                                    .convertShape(VectorOperators.I2F, Lanes.F, 0))
                            .intoArray(out, to + 4 * ROWS);
                }
            }
        }
    }

    /** Adds products of four parts, {@code [part][2][row]}. */
    private static void add(float[] dots, float[] scales, int at, float[] d, int block, float[] y, int to) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            for (int p = 0; p < 4; p++) {
                int run = 2 * p * ROWS + r;
                FloatVector first =
                        FloatVector.fromArray(Lanes.F, dots, run).mul(FloatVector.fromArray(Lanes.F, scales, at + run));
                sum = FloatVector.fromArray(Lanes.F, dots, run + ROWS)
                        .fma(FloatVector.fromArray(Lanes.F, scales, at + run + ROWS), first)
                        .fma(FloatVector.broadcast(Lanes.F, d[block + p]), sum);
            }
            sum.intoArray(y, to + r);
        }
    }
}
