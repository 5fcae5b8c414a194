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
        for (int r = 0; r < ROWS; r += LANES) {
            scales(w, at, r, out.scales, row + r, out.rows);
        }
    }

    /** Scales of the rows from {@code r} on, from run to run {@code step} on. */
    private static void scales(byte[] w, int at, int r, float[] out, int to, int step) {
        IntVector dBits = ((IntVector) ByteVector.fromArray(HALF, w, at + 208 * ROWS + 2 * r)
                        .reinterpretAsShorts()
                        .convertShape(VectorOperators.S2I, I, 0))
                .lanewise(VectorOperators.LSHL, 13)
                .and(0x8fffe000);
        FloatVector d = dBits.reinterpretAsFloats()
                .mul(0x1p112f)
                .reinterpretAsInts()
                .lanewise(
                        VectorOperators.OR, 0x7f800000, dBits.and(HALF_INFINITY).eq(HALF_INFINITY))
                .reinterpretAsFloats();
        IntVector c0 = ByteVector.fromArray(B, w, at + (192 + 0) * ROWS + 4 * r).reinterpretAsInts();
        ((FloatVector) c0.lanewise(VectorOperators.LSHL, 24)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to);
        ((FloatVector) c0.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + step);
        ((FloatVector) c0.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 2 * step);
        ((FloatVector) c0.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 3 * step);
        IntVector c1 = ByteVector.fromArray(B, w, at + (192 + 4) * ROWS + 4 * r).reinterpretAsInts();
        ((FloatVector) c1.lanewise(VectorOperators.LSHL, 24)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 4 * step);
        ((FloatVector) c1.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 5 * step);
        ((FloatVector) c1.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 6 * step);
        ((FloatVector) c1.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 7 * step);
        IntVector c2 = ByteVector.fromArray(B, w, at + (192 + 8) * ROWS + 4 * r).reinterpretAsInts();
        ((FloatVector) c2.lanewise(VectorOperators.LSHL, 24)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 8 * step);
        ((FloatVector) c2.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 9 * step);
        ((FloatVector) c2.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 10 * step);
        ((FloatVector) c2.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 11 * step);
        IntVector c3 =
                ByteVector.fromArray(B, w, at + (192 + 12) * ROWS + 4 * r).reinterpretAsInts();
        ((FloatVector) c3.lanewise(VectorOperators.LSHL, 24)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 12 * step);
        ((FloatVector) c3.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 13 * step);
        ((FloatVector) c3.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 14 * step);
        ((FloatVector) c3.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(out, to + 15 * step);
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
                    runs(w, low + 16 * ROWS * run, high + 16 * ROWS * run, inputs, first, run, memory.dots);
                }
                add(memory.dots, memory.chunk.scales, 8 * ROWS * half, inputs.d, first, y, to);
            }
        }
    }

    /** One run of each of four parts. */
    private static void runs(byte[] w, int at, int tops, DotInputs inputs, int block, int run, float[] out) {
        int[] x = inputs.pairs;
        int[] sums = inputs.sums;
        int i = 16 * block + 4 * run;
        int sum = 2 * block + run;
        for (int r = 0; r < ROWS; r += LANES) {
            ShortVector a =
                    IntVector.broadcast(I, sums[sum]).reinterpretAsShorts().mul((short) -32);
            ShortVector b =
                    IntVector.broadcast(I, sums[sum + 2]).reinterpretAsShorts().mul((short) -32);
            ShortVector c =
                    IntVector.broadcast(I, sums[sum + 4]).reinterpretAsShorts().mul((short) -32);
            ShortVector e =
                    IntVector.broadcast(I, sums[sum + 6]).reinterpretAsShorts().mul((short) -32);
            for (int j = 0; j < 4; j++) {
                int from = 4 * ROWS * j + 4 * r;
                ShortVector t = ByteVector.fromArray(B, w, tops + from).reinterpretAsShorts();
                ShortVector u = ByteVector.fromArray(B, w, at + from).reinterpretAsShorts();
                ShortVector v =
                        ByteVector.fromArray(B, w, at + 32 * ROWS + from).reinterpretAsShorts();
                ShortVector k = u.and((short) 0x0f0f)
                        .or(t.lanewise(VectorOperators.LSHL, 4).and((short) 0x3030));
                a = k.mul(IntVector.broadcast(I, x[i + j]).reinterpretAsShorts())
                        .add(a);
                a = k.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[i + j + 8]).reinterpretAsShorts())
                        .add(a);
                ShortVector l = v.and((short) 0x0f0f)
                        .or(t.lanewise(VectorOperators.LSHL, 2).and((short) 0x3030));
                b = l.mul(IntVector.broadcast(I, x[i + j + 16]).reinterpretAsShorts())
                        .add(b);
                b = l.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[i + j + 24]).reinterpretAsShorts())
                        .add(b);
                ShortVector m =
                        u.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f).or(t.and((short) 0x3030));
                c = m.mul(IntVector.broadcast(I, x[i + j + 32]).reinterpretAsShorts())
                        .add(c);
                c = m.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[i + j + 40]).reinterpretAsShorts())
                        .add(c);
                ShortVector n = v.lanewise(VectorOperators.LSHR, 4)
                        .and((short) 0x0f0f)
                        .or(t.lanewise(VectorOperators.LSHR, 2).and((short) 0x3030));
                e = n.mul(IntVector.broadcast(I, x[i + j + 48]).reinterpretAsShorts())
                        .add(e);
                e = n.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[i + j + 56]).reinterpretAsShorts())
                        .add(e);
            }
            int to = run * ROWS + r;
            IntVector as = a.reinterpretAsInts();
            ((FloatVector) as.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 16)
                            .add(as.lanewise(VectorOperators.ASHR, 16))
                            .convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .intoArray(out, to);
            IntVector bs = b.reinterpretAsInts();
            ((FloatVector) bs.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 16)
                            .add(bs.lanewise(VectorOperators.ASHR, 16))
                            .convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .intoArray(out, to + 2 * ROWS);
            IntVector cs = c.reinterpretAsInts();
            ((FloatVector) cs.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 16)
                            .add(cs.lanewise(VectorOperators.ASHR, 16))
                            .convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .intoArray(out, to + 4 * ROWS);
            IntVector es = e.reinterpretAsInts();
            ((FloatVector) es.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 16)
                            .add(es.lanewise(VectorOperators.ASHR, 16))
                            .convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .intoArray(out, to + 6 * ROWS);
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
