package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
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
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            long low = at + 64L * ROWS * (p / 4) + 32L * ROWS * (p % 2);
            long high = at + 128 * ROWS + 32L * ROWS * (p / 4);
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector nibbles = ShortVector.fromMemorySegment(S, w, low + 4L * i, ORDER)
                        .lanewise(VectorOperators.LSHR, (short) (p / 2 % 2 * 4))
                        .and((short) 0x0f0f);
                ShortVector q = ShortVector.fromMemorySegment(S, w, high + 4L * i, ORDER)
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
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        for (int r = 0; r < ROWS; r += LANES) {
            scales(w, at, r, out.scales, row + r, out.rows);
        }
    }

    /** Scales of the rows from {@code r} on, from run to run {@code step} on. */
    private static void scales(MemorySegment w, long at, int r, float[] out, int to, int step) {
        IntVector dBits = ((IntVector) ShortVector.fromMemorySegment(Lanes.SHORTS, w, at + 208L * ROWS + 2L * r, ORDER)
                        .convertShape(VectorOperators.S2I, I, 0))
                .lanewise(VectorOperators.LSHL, 13)
                .and(0x8fffe000);
        FloatVector d = dBits.reinterpretAsFloats()
                .mul(0x1p112f)
                .reinterpretAsInts()
                .lanewise(
                        VectorOperators.OR, 0x7f800000, dBits.and(HALF_INFINITY).eq(HALF_INFINITY))
                .reinterpretAsFloats();
        IntVector c0 = IntVector.fromMemorySegment(I, w, at + (192L + 0) * ROWS + 4L * r, ORDER);
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
        IntVector c1 = IntVector.fromMemorySegment(I, w, at + (192L + 4) * ROWS + 4L * r, ORDER);
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
        IntVector c2 = IntVector.fromMemorySegment(I, w, at + (192L + 8) * ROWS + 4L * r, ORDER);
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
        IntVector c3 = IntVector.fromMemorySegment(I, w, at + (192L + 12) * ROWS + 4L * r, ORDER);
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
    void dot(MemorySegment w, long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        memory.read(w, at, bytes(parts));
        for (int p = 0; p < parts; p += 8) {
            long from = at + bytes(p);
            for (int r = 0; r < ROWS; r += LANES) {
                // The same run of four parts, half a block.
                for (int s = 0; s < 4; s++) {
                    int first = block + p + s / 2 * 4;
                    runs(
                            w,
                            from + (64L * (s / 2) + 16L * (s % 2)) * ROWS + 4L * r,
                            from + (128L + 16L * s) * ROWS + 4L * r,
                            inputs.pairs,
                            16 * first + s % 2 * 4,
                            inputs.sums,
                            2 * first + s % 2,
                            memory.halves,
                            2 * ((2 * p + s / 2 * 8 + s % 2) * ROWS + r));
                }
                scales(w, from, r, memory.scales, 2 * p * ROWS + r, ROWS);
            }
        }
        memory.add(this, parts, memory.scales, memory.offsets, inputs, block, y, to);
    }

    /** One run of each of four parts. */
    private static void runs(
            MemorySegment w, long at, long tops, int[] x, int i, int[] sums, int sum, short[] out, int to) {
        ShortVector a = IntVector.broadcast(I, sums[sum]).reinterpretAsShorts().mul((short) -32);
        ShortVector b =
                IntVector.broadcast(I, sums[sum + 2]).reinterpretAsShorts().mul((short) -32);
        ShortVector c =
                IntVector.broadcast(I, sums[sum + 4]).reinterpretAsShorts().mul((short) -32);
        ShortVector e =
                IntVector.broadcast(I, sums[sum + 6]).reinterpretAsShorts().mul((short) -32);
        ShortVector t0 = ShortVector.fromMemorySegment(S, w, tops + 0L * ROWS, ORDER);
        ShortVector u0 = ShortVector.fromMemorySegment(S, w, at + 0L * ROWS, ORDER);
        ShortVector v0 = ShortVector.fromMemorySegment(S, w, at + 32L * ROWS, ORDER);
        ShortVector k0 =
                u0.and((short) 0x0f0f).or(t0.lanewise(VectorOperators.LSHL, 4).and((short) 0x3030));
        a = k0.mul(IntVector.broadcast(I, x[i]).reinterpretAsShorts()).add(a);
        a = k0.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 8]).reinterpretAsShorts())
                .add(a);
        ShortVector l0 =
                v0.and((short) 0x0f0f).or(t0.lanewise(VectorOperators.LSHL, 2).and((short) 0x3030));
        b = l0.mul(IntVector.broadcast(I, x[i + 16]).reinterpretAsShorts()).add(b);
        b = l0.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 24]).reinterpretAsShorts())
                .add(b);
        ShortVector m0 =
                u0.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f).or(t0.and((short) 0x3030));
        c = m0.mul(IntVector.broadcast(I, x[i + 32]).reinterpretAsShorts()).add(c);
        c = m0.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 40]).reinterpretAsShorts())
                .add(c);
        ShortVector n0 = v0.lanewise(VectorOperators.LSHR, 4)
                .and((short) 0x0f0f)
                .or(t0.lanewise(VectorOperators.LSHR, 2).and((short) 0x3030));
        e = n0.mul(IntVector.broadcast(I, x[i + 48]).reinterpretAsShorts()).add(e);
        e = n0.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 56]).reinterpretAsShorts())
                .add(e);
        ShortVector t1 = ShortVector.fromMemorySegment(S, w, tops + 4L * ROWS, ORDER);
        ShortVector u1 = ShortVector.fromMemorySegment(S, w, at + 4L * ROWS, ORDER);
        ShortVector v1 = ShortVector.fromMemorySegment(S, w, at + 36L * ROWS, ORDER);
        ShortVector k1 =
                u1.and((short) 0x0f0f).or(t1.lanewise(VectorOperators.LSHL, 4).and((short) 0x3030));
        a = k1.mul(IntVector.broadcast(I, x[i + 1]).reinterpretAsShorts()).add(a);
        a = k1.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 9]).reinterpretAsShorts())
                .add(a);
        ShortVector l1 =
                v1.and((short) 0x0f0f).or(t1.lanewise(VectorOperators.LSHL, 2).and((short) 0x3030));
        b = l1.mul(IntVector.broadcast(I, x[i + 17]).reinterpretAsShorts()).add(b);
        b = l1.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 25]).reinterpretAsShorts())
                .add(b);
        ShortVector m1 =
                u1.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f).or(t1.and((short) 0x3030));
        c = m1.mul(IntVector.broadcast(I, x[i + 33]).reinterpretAsShorts()).add(c);
        c = m1.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 41]).reinterpretAsShorts())
                .add(c);
        ShortVector n1 = v1.lanewise(VectorOperators.LSHR, 4)
                .and((short) 0x0f0f)
                .or(t1.lanewise(VectorOperators.LSHR, 2).and((short) 0x3030));
        e = n1.mul(IntVector.broadcast(I, x[i + 49]).reinterpretAsShorts()).add(e);
        e = n1.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 57]).reinterpretAsShorts())
                .add(e);
        ShortVector t2 = ShortVector.fromMemorySegment(S, w, tops + 8L * ROWS, ORDER);
        ShortVector u2 = ShortVector.fromMemorySegment(S, w, at + 8L * ROWS, ORDER);
        ShortVector v2 = ShortVector.fromMemorySegment(S, w, at + 40L * ROWS, ORDER);
        ShortVector k2 =
                u2.and((short) 0x0f0f).or(t2.lanewise(VectorOperators.LSHL, 4).and((short) 0x3030));
        a = k2.mul(IntVector.broadcast(I, x[i + 2]).reinterpretAsShorts()).add(a);
        a = k2.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 10]).reinterpretAsShorts())
                .add(a);
        ShortVector l2 =
                v2.and((short) 0x0f0f).or(t2.lanewise(VectorOperators.LSHL, 2).and((short) 0x3030));
        b = l2.mul(IntVector.broadcast(I, x[i + 18]).reinterpretAsShorts()).add(b);
        b = l2.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 26]).reinterpretAsShorts())
                .add(b);
        ShortVector m2 =
                u2.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f).or(t2.and((short) 0x3030));
        c = m2.mul(IntVector.broadcast(I, x[i + 34]).reinterpretAsShorts()).add(c);
        c = m2.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 42]).reinterpretAsShorts())
                .add(c);
        ShortVector n2 = v2.lanewise(VectorOperators.LSHR, 4)
                .and((short) 0x0f0f)
                .or(t2.lanewise(VectorOperators.LSHR, 2).and((short) 0x3030));
        e = n2.mul(IntVector.broadcast(I, x[i + 50]).reinterpretAsShorts()).add(e);
        e = n2.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 58]).reinterpretAsShorts())
                .add(e);
        ShortVector t3 = ShortVector.fromMemorySegment(S, w, tops + 12L * ROWS, ORDER);
        ShortVector u3 = ShortVector.fromMemorySegment(S, w, at + 12L * ROWS, ORDER);
        ShortVector v3 = ShortVector.fromMemorySegment(S, w, at + 44L * ROWS, ORDER);
        ShortVector k3 =
                u3.and((short) 0x0f0f).or(t3.lanewise(VectorOperators.LSHL, 4).and((short) 0x3030));
        a = k3.mul(IntVector.broadcast(I, x[i + 3]).reinterpretAsShorts()).add(a);
        a = k3.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 11]).reinterpretAsShorts())
                .add(a);
        ShortVector l3 =
                v3.and((short) 0x0f0f).or(t3.lanewise(VectorOperators.LSHL, 2).and((short) 0x3030));
        b = l3.mul(IntVector.broadcast(I, x[i + 19]).reinterpretAsShorts()).add(b);
        b = l3.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 27]).reinterpretAsShorts())
                .add(b);
        ShortVector m3 =
                u3.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f).or(t3.and((short) 0x3030));
        c = m3.mul(IntVector.broadcast(I, x[i + 35]).reinterpretAsShorts()).add(c);
        c = m3.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 43]).reinterpretAsShorts())
                .add(c);
        ShortVector n3 = v3.lanewise(VectorOperators.LSHR, 4)
                .and((short) 0x0f0f)
                .or(t3.lanewise(VectorOperators.LSHR, 2).and((short) 0x3030));
        e = n3.mul(IntVector.broadcast(I, x[i + 51]).reinterpretAsShorts()).add(e);
        e = n3.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 59]).reinterpretAsShorts())
                .add(e);
        a.intoArray(out, to);
        b.intoArray(out, to + 4 * ROWS);
        c.intoArray(out, to + 8 * ROWS);
        e.intoArray(out, to + 12 * ROWS);
    }
}
