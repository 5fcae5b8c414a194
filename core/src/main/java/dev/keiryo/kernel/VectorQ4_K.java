package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q4_K. */
final class VectorQ4_K extends PanelQuants {
    VectorQ4_K() {
        super(TensorType.Q4_K, false, Order.BYTES);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        sixBits(w, at, out, row);
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < PanelChunk.PARTS; p += 2) {
            long quants = at + (16 + 16L * p) * ROWS;
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector v = ShortVector.fromMemorySegment(S, w, quants + 4L * i, ORDER);
                int low = out.pair(p, i / ROWS * 2, row + i % ROWS);
                int high = low + PanelChunk.PAIRS * further;
                v.and((short) 15).intoArray(out.pairs, low);
                v.lanewise(VectorOperators.LSHR, 8).and((short) 15).intoArray(out.pairs, low + further);
                v.lanewise(VectorOperators.LSHR, 4).and((short) 15).intoArray(out.pairs, high);
                v.lanewise(VectorOperators.LSHR, 12).intoArray(out.pairs, high + further);
            }
        }
    }

    static void sixBits(MemorySegment w, long at, PanelChunk out, int row) {
        for (int r = 0; r < ROWS; r += LANES) {
            sixBits(w, at, r, out.scales, out.offsets, row + r, 2 * out.rows);
        }
    }

    /**
     * Scales and offsets of 6 bits each, those of the last four parts in two pieces, as in {@code KScales}; for the rows
     * from {@code r} on and from part to part {@code step} on.
     */
    private static void sixBits(MemorySegment w, long at, int r, float[] scales, float[] offsets, int to, int step) {
        IntVector dBits = ((IntVector) ShortVector.fromMemorySegment(Lanes.SHORTS, w, at + 2L * r, ORDER)
                        .convertShape(VectorOperators.S2I, I, 0))
                .lanewise(VectorOperators.LSHL, 13)
                .and(0x8fffe000);
        FloatVector d = dBits.reinterpretAsFloats()
                .mul(0x1p112f)
                .reinterpretAsInts()
                .lanewise(
                        VectorOperators.OR, 0x7f800000, dBits.and(HALF_INFINITY).eq(HALF_INFINITY))
                .reinterpretAsFloats();
        IntVector leastBits = ((IntVector) ShortVector.fromMemorySegment(Lanes.SHORTS, w, at + 2L * (ROWS + r), ORDER)
                        .convertShape(VectorOperators.S2I, I, 0))
                .lanewise(VectorOperators.LSHL, 13)
                .and(0x8fffe000);
        FloatVector least = leastBits
                .reinterpretAsFloats()
                .mul(0x1p112f)
                .reinterpretAsInts()
                .lanewise(
                        VectorOperators.OR,
                        0x7f800000,
                        leastBits.and(HALF_INFINITY).eq(HALF_INFINITY))
                .reinterpretAsFloats();
        FloatVector negative = least.mul(-1f);
        IntVector a = IntVector.fromMemorySegment(I, w, at + 4L * (ROWS + r), ORDER);
        IntVector b = IntVector.fromMemorySegment(I, w, at + 4L * (2 * ROWS + r), ORDER);
        IntVector c = IntVector.fromMemorySegment(I, w, at + 4L * (3 * ROWS + r), ORDER);
        IntVector s = a.and(0x3f3f3f3f);
        IntVector m = b.and(0x3f3f3f3f);
        IntVector t = a.lanewise(VectorOperators.LSHR, 2).and(0x30303030).or(c.and(0x0f0f0f0f));
        IntVector n = b.lanewise(VectorOperators.LSHR, 2)
                .and(0x30303030)
                .or(c.lanewise(VectorOperators.LSHR, 4).and(0x0f0f0f0f));
        ((FloatVector) s.and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(scales, to);
        ((FloatVector) s.lanewise(VectorOperators.LSHR, 8).and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(scales, to + step);
        ((FloatVector) s.lanewise(VectorOperators.LSHR, 16).and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(scales, to + 2 * step);
        ((FloatVector) s.lanewise(VectorOperators.LSHR, 24).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(scales, to + 3 * step);
        ((FloatVector) t.and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(scales, to + 4 * step);
        ((FloatVector) t.lanewise(VectorOperators.LSHR, 8).and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(scales, to + 5 * step);
        ((FloatVector) t.lanewise(VectorOperators.LSHR, 16).and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(scales, to + 6 * step);
        ((FloatVector) t.lanewise(VectorOperators.LSHR, 24).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(d)
                .intoArray(scales, to + 7 * step);
        ((FloatVector) m.and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(negative)
                .intoArray(offsets, to);
        ((FloatVector) m.lanewise(VectorOperators.LSHR, 8).and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(negative)
                .intoArray(offsets, to + step);
        ((FloatVector) m.lanewise(VectorOperators.LSHR, 16).and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(negative)
                .intoArray(offsets, to + 2 * step);
        ((FloatVector) m.lanewise(VectorOperators.LSHR, 24).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(negative)
                .intoArray(offsets, to + 3 * step);
        ((FloatVector) n.and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(negative)
                .intoArray(offsets, to + 4 * step);
        ((FloatVector) n.lanewise(VectorOperators.LSHR, 8).and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(negative)
                .intoArray(offsets, to + 5 * step);
        ((FloatVector) n.lanewise(VectorOperators.LSHR, 16).and(255).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(negative)
                .intoArray(offsets, to + 6 * step);
        ((FloatVector) n.lanewise(VectorOperators.LSHR, 24).convertShape(VectorOperators.I2F, Lanes.F, 0))
                .mul(negative)
                .intoArray(offsets, to + 7 * step);
    }

    @Override
    void dot(MemorySegment w, long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        memory.read(w, at, bytes(parts));
        for (int p = 0; p < parts; p += 8) {
            long from = at + bytes(p);
            for (int r = 0; r < ROWS; r += LANES) {
                sixBits(w, from, r, memory.scales, memory.offsets, 2 * p * ROWS + r, 2 * ROWS);
                for (int i = 0; i < 8; i += 2) {
                    two(
                            w,
                            from + (16L + 16 * i) * ROWS + 4L * r,
                            inputs.pairs,
                            16 * (block + p + i),
                            memory.halves,
                            2 * (2 * (p + i) * ROWS + r));
                }
            }
        }
        memory.add(this, parts, memory.scales, memory.offsets, inputs, block, y, to);
    }

    /** Two parts with the same bytes, from {@code at} on; x of the first from {@code i} on. */
    private static void two(MemorySegment w, long at, int[] x, int i, short[] out, int to) {
        ShortVector v0 = ShortVector.fromMemorySegment(S, w, at + 0L * ROWS, ORDER);
        ShortVector l0 = v0.and((short) 0x0f0f);
        ShortVector h0 = v0.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f);
        ShortVector a = l0.mul(IntVector.broadcast(I, x[i + 0]).reinterpretAsShorts());
        a = l0.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 8]).reinterpretAsShorts())
                .add(a);
        ShortVector b = h0.mul(IntVector.broadcast(I, x[i + 16]).reinterpretAsShorts());
        b = h0.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 24]).reinterpretAsShorts())
                .add(b);
        ShortVector v1 = ShortVector.fromMemorySegment(S, w, at + 4L * ROWS, ORDER);
        ShortVector l1 = v1.and((short) 0x0f0f);
        ShortVector h1 = v1.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f);
        a = l1.mul(IntVector.broadcast(I, x[i + 1]).reinterpretAsShorts()).add(a);
        a = l1.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 9]).reinterpretAsShorts())
                .add(a);
        b = h1.mul(IntVector.broadcast(I, x[i + 17]).reinterpretAsShorts()).add(b);
        b = h1.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 25]).reinterpretAsShorts())
                .add(b);
        ShortVector v2 = ShortVector.fromMemorySegment(S, w, at + 8L * ROWS, ORDER);
        ShortVector l2 = v2.and((short) 0x0f0f);
        ShortVector h2 = v2.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f);
        a = l2.mul(IntVector.broadcast(I, x[i + 2]).reinterpretAsShorts()).add(a);
        a = l2.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 10]).reinterpretAsShorts())
                .add(a);
        b = h2.mul(IntVector.broadcast(I, x[i + 18]).reinterpretAsShorts()).add(b);
        b = h2.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 26]).reinterpretAsShorts())
                .add(b);
        ShortVector v3 = ShortVector.fromMemorySegment(S, w, at + 12L * ROWS, ORDER);
        ShortVector l3 = v3.and((short) 0x0f0f);
        ShortVector h3 = v3.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f);
        a = l3.mul(IntVector.broadcast(I, x[i + 3]).reinterpretAsShorts()).add(a);
        a = l3.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 11]).reinterpretAsShorts())
                .add(a);
        b = h3.mul(IntVector.broadcast(I, x[i + 19]).reinterpretAsShorts()).add(b);
        b = h3.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 27]).reinterpretAsShorts())
                .add(b);
        ShortVector v4 = ShortVector.fromMemorySegment(S, w, at + 16L * ROWS, ORDER);
        ShortVector l4 = v4.and((short) 0x0f0f);
        ShortVector h4 = v4.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f);
        a = l4.mul(IntVector.broadcast(I, x[i + 4]).reinterpretAsShorts()).add(a);
        a = l4.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 12]).reinterpretAsShorts())
                .add(a);
        b = h4.mul(IntVector.broadcast(I, x[i + 20]).reinterpretAsShorts()).add(b);
        b = h4.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 28]).reinterpretAsShorts())
                .add(b);
        ShortVector v5 = ShortVector.fromMemorySegment(S, w, at + 20L * ROWS, ORDER);
        ShortVector l5 = v5.and((short) 0x0f0f);
        ShortVector h5 = v5.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f);
        a = l5.mul(IntVector.broadcast(I, x[i + 5]).reinterpretAsShorts()).add(a);
        a = l5.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 13]).reinterpretAsShorts())
                .add(a);
        b = h5.mul(IntVector.broadcast(I, x[i + 21]).reinterpretAsShorts()).add(b);
        b = h5.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 29]).reinterpretAsShorts())
                .add(b);
        ShortVector v6 = ShortVector.fromMemorySegment(S, w, at + 24L * ROWS, ORDER);
        ShortVector l6 = v6.and((short) 0x0f0f);
        ShortVector h6 = v6.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f);
        a = l6.mul(IntVector.broadcast(I, x[i + 6]).reinterpretAsShorts()).add(a);
        a = l6.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 14]).reinterpretAsShorts())
                .add(a);
        b = h6.mul(IntVector.broadcast(I, x[i + 22]).reinterpretAsShorts()).add(b);
        b = h6.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 30]).reinterpretAsShorts())
                .add(b);
        ShortVector v7 = ShortVector.fromMemorySegment(S, w, at + 28L * ROWS, ORDER);
        ShortVector l7 = v7.and((short) 0x0f0f);
        ShortVector h7 = v7.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f);
        a = l7.mul(IntVector.broadcast(I, x[i + 7]).reinterpretAsShorts()).add(a);
        a = l7.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 15]).reinterpretAsShorts())
                .add(a);
        b = h7.mul(IntVector.broadcast(I, x[i + 23]).reinterpretAsShorts()).add(b);
        b = h7.lanewise(VectorOperators.LSHR, 8)
                .mul(IntVector.broadcast(I, x[i + 31]).reinterpretAsShorts())
                .add(b);
        a.intoArray(out, to);
        b.intoArray(out, to + 4 * ROWS);
    }
}
