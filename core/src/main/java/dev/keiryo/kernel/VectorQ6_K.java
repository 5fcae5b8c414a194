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
        super(TensorType.Q6_K, false, Order.BYTES);
    }

    @Override
    void quants(byte[] w, int at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            int low = at + 64 * ROWS * (p / 4) + 32 * ROWS * (p % 2);
            int high = at + 128 * ROWS + 32 * ROWS * (p / 4);
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector nibbles = ByteVector.fromArray(B, w, low + 4 * i)
                        .reinterpretAsShorts()
                        .lanewise(VectorOperators.LSHR, (short) (p / 2 % 2 * 4))
                        .and((short) 0x0f0f);
                ShortVector q = ByteVector.fromArray(B, w, high + 4 * i)
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
    void scales(byte[] w, int at, int parts, PanelChunk out, int row) {
        halves(w, at + 208 * ROWS, 0, 1, out.bases, row, 0);
        for (int run = 0; run < 16; run++) {
            int codes = at + (192 + run / 4 * 4) * ROWS;
            signedCodes(w, codes, run % 4 * 8, out.bases, row, out.scales, run * out.rows + row);
        }
    }

    @Override
    void dot(byte[] w, int at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        for (int p = 0; p < parts; p += PanelChunk.PARTS) {
            int from = at + bytes(p);
            scales(w, from, PanelChunk.PARTS, memory.chunk, 0);
            for (int half = 0; half < 2; half++) {
                int low = from + 64 * ROWS * half;
                int high = from + (128 + 32 * half) * ROWS;
                int first = block + p + 4 * half;
                for (int run = 0; run < 2; run++) {
                    int tops = high + 16 * ROWS * run;
                    int dots = run * ROWS;
                    two(w, low + 16 * ROWS * run, tops, 4, inputs, first, run, memory.dots, dots);
                    two(w, low + (32 + 16 * run) * ROWS, tops, 2, inputs, first + 1, run, memory.dots, dots + 2 * ROWS);
                }
                add(memory.dots, memory.chunk.scales, 8 * ROWS * half, inputs.d, first, y, to);
            }
        }
    }

    /**
     * One run of {@code block} and of the one after the next, whose low bits are the same bytes at {@code at}. More of them in one
     * method would be so long that the compiler loses sight of what its vectors are.
     *
     * @param shift by how much the upper bits of the first, at {@code tops}, are lower than they belong
     */
    private static void two(
            byte[] w, int at, int tops, int shift, DotInputs inputs, int block, int run, float[] out, int to) {
        int[] x = inputs.pairs;
        int i = 16 * block + 4 * run;
        int sum = 2 * block + run;
        for (int r = 0; r < ROWS; r += LANES) {
            ShortVector a = IntVector.broadcast(I, inputs.sums[sum])
                    .reinterpretAsShorts()
                    .mul((short) -32);
            ShortVector b = IntVector.broadcast(I, inputs.sums[sum + 4])
                    .reinterpretAsShorts()
                    .mul((short) -32);
            for (int j = 0; j < 4; j++) {
                int line = 4 * ROWS * j + 4 * r;
                ShortVector top = ByteVector.fromArray(B, w, tops + line).reinterpretAsShorts();
                ShortVector low = ByteVector.fromArray(B, w, at + line).reinterpretAsShorts();
                ShortVector k = low.and((short) 0x0f0f)
                        .or(top.lanewise(VectorOperators.LSHL, shift).and((short) 0x3030));
                a = k.mul(IntVector.broadcast(I, x[i + j]).reinterpretAsShorts())
                        .add(a);
                a = k.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[i + j + 8]).reinterpretAsShorts())
                        .add(a);
                ShortVector m = low.lanewise(VectorOperators.LSHR, 4)
                        .and((short) 0x0f0f)
                        .or(top.lanewise(VectorOperators.LSHR, 4 - shift).and((short) 0x3030));
                b = m.mul(IntVector.broadcast(I, x[i + j + 32]).reinterpretAsShorts())
                        .add(b);
                b = m.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[i + j + 40]).reinterpretAsShorts())
                        .add(b);
            }
            IntVector as = a.reinterpretAsInts();
            ((FloatVector) as.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 16)
                            .add(as.lanewise(VectorOperators.ASHR, 16))
                            .convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .intoArray(out, to + r);
            IntVector bs = b.reinterpretAsInts();
            ((FloatVector) bs.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 16)
                            .add(bs.lanewise(VectorOperators.ASHR, 16))
                            .convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .intoArray(out, to + 4 * ROWS + r);
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
