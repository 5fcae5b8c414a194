package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q2_K. */
final class VectorQ2_K extends PanelQuants {
    VectorQ2_K() {
        super(TensorType.Q2_K, false, Order.BYTES, true);
    }

    /** Nibbles times d, the scales, and times -dmin, the offsets. */
    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at + 80 * ROWS, 2 * ROWS, 2, out.bases, row, out.rows);
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector d = FloatVector.fromArray(Lanes.F, out.bases, row + r);
            FloatVector least = FloatVector.fromArray(Lanes.F, out.bases, row + out.rows + r)
                    .neg();
            for (int four = 0; four < 4; four++) {
                IntVector codes = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, at + 4L * (four * ROWS + r) & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsInts();
                int to = 4 * four * out.rows + row + r;
                for (int i = 0; i < 4; i++) {
                    ((FloatVector) codes.and(15).convertShape(VectorOperators.I2F, Lanes.F, 0))
                            .mul(d)
                            .intoArray(out.scales, to + i * out.rows);
                    codes = codes.lanewise(VectorOperators.LSHR, 4);
                    ((FloatVector) codes.and(15).convertShape(VectorOperators.I2F, Lanes.F, 0))
                            .mul(least)
                            .intoArray(out.offsets, to + i * out.rows);
                    codes = codes.lanewise(VectorOperators.LSHR, 4);
                }
            }
        }
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            long quants = at + 16L * ROWS + 32L * ROWS * (p / 4);
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector q = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, quants + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts()
                        .lanewise(VectorOperators.LSHR, (short) (p % 4 * 2))
                        .and((short) 0x0303);
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                q.and((short) 0xff).intoArray(out.pairs, to);
                q.lanewise(VectorOperators.LSHR, 8).intoArray(out.pairs, to + further);
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
                half(from + (16 + 32L * half) * ROWS, inputs.pairs, first, memory.dots);
                memory.addRuns(memory.chunk, 4 * half, true, inputs, first, y, to);
            }
        }
    }

    /** Products of four parts, {@code out[part][2][row]}, whose bits are in the same bytes. */
    private static void half(long at, int[] x, int block, float[] out) {
        for (int r = 0; r < ROWS; r += LANES) {
            for (int run = 0; run < 2; run++) {
                long lows = at + 16L * ROWS * run + 4L * r & Lanes.ADDRESSES;
                int i = 16 * block + 4 * run;
                ShortVector a = ShortVector.zero(S);
                ShortVector b = ShortVector.zero(S);
                ShortVector c = ShortVector.zero(S);
                ShortVector e = ShortVector.zero(S);
                for (int j = 0; j < 4; j++) {
                    IntVector v = ByteVector.fromMemorySegment(B, Lanes.ALL, lows + (4 * ROWS * j & 0xfff), Lanes.ORDER)
                            .reinterpretAsInts();
                    ShortVector k = v.and(0x03030303).reinterpretAsShorts();
                    a = k.mul(IntVector.broadcast(I, x[i + j]).reinterpretAsShorts())
                            .add(a);
                    a = k.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 8]).reinterpretAsShorts())
                            .add(a);
                    k = v.lanewise(VectorOperators.LSHR, 2).and(0x03030303).reinterpretAsShorts();
                    b = k.mul(IntVector.broadcast(I, x[i + j + 16]).reinterpretAsShorts())
                            .add(b);
                    b = k.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 24]).reinterpretAsShorts())
                            .add(b);
                    k = v.lanewise(VectorOperators.LSHR, 4).and(0x03030303).reinterpretAsShorts();
                    c = k.mul(IntVector.broadcast(I, x[i + j + 32]).reinterpretAsShorts())
                            .add(c);
                    c = k.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 40]).reinterpretAsShorts())
                            .add(c);
                    k = v.lanewise(VectorOperators.LSHR, 6).and(0x03030303).reinterpretAsShorts();
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
                                .convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .intoArray(out, to);
                both = b.reinterpretAsInts();
                ((FloatVector) both.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16)
                                .add(both.lanewise(VectorOperators.ASHR, 16))
                                .convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .intoArray(out, to + 2 * ROWS);
                both = c.reinterpretAsInts();
                ((FloatVector) both.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16)
                                .add(both.lanewise(VectorOperators.ASHR, 16))
                                .convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .intoArray(out, to + 4 * ROWS);
                both = e.reinterpretAsInts();
                ((FloatVector) both.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16)
                                .add(both.lanewise(VectorOperators.ASHR, 16))
                                .convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .intoArray(out, to + 6 * ROWS);
            }
        }
    }
}
