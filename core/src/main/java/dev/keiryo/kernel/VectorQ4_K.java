package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q4_K. */
final class VectorQ4_K extends PanelQuants {
    VectorQ4_K() {
        super(TensorType.Q4_K, false, Order.BYTES, false);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        sixBits(at, out, row);
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < PanelChunk.PARTS; p += 2) {
            long quants = at + 16L * ROWS * (p + 1);
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector v = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, quants + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts();
                int low = out.pair(p, i / ROWS * 2, row + i % ROWS);
                int high = low + PanelChunk.PAIRS * further;
                v.and((short) 15).intoArray(out.pairs, low);
                v.lanewise(VectorOperators.LSHR, 8).and((short) 15).intoArray(out.pairs, low + further);
                v.lanewise(VectorOperators.LSHR, 4).and((short) 15).intoArray(out.pairs, high);
                v.lanewise(VectorOperators.LSHR, 12).intoArray(out.pairs, high + further);
            }
        }
    }

    static void sixBits(long at, PanelChunk out, int row) {
        for (int r = 0; r < ROWS; r += LANES) {
            sixBits(at, r, out.scales, out.offsets, row + r, 2 * out.rows);
        }
    }

    /**
     * Scales and offsets of 6 bits each, those of the last four parts in two pieces, as in {@code KScales}; for the rows
     * from {@code r} on and from part to part {@code step} on.
     */
    private static void sixBits(long at, int r, float[] scales, float[] offsets, int to, int step) {
        IntVector dBits = ((IntVector)
                        ByteVector.fromMemorySegment(HALF, Lanes.ALL, at + 2L * r & Lanes.ADDRESSES, Lanes.ORDER)
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
        IntVector leastBits = ((IntVector) ByteVector.fromMemorySegment(
                                HALF, Lanes.ALL, at + 2L * (ROWS + r) & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts()
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
        IntVector a = ByteVector.fromMemorySegment(B, Lanes.ALL, at + 4L * (ROWS + r) & Lanes.ADDRESSES, Lanes.ORDER)
                .reinterpretAsInts();
        IntVector b = ByteVector.fromMemorySegment(
                        B, Lanes.ALL, at + 4L * (2 * ROWS + r) & Lanes.ADDRESSES, Lanes.ORDER)
                .reinterpretAsInts();
        IntVector c = ByteVector.fromMemorySegment(
                        B, Lanes.ALL, at + 4L * (3 * ROWS + r) & Lanes.ADDRESSES, Lanes.ORDER)
                .reinterpretAsInts();
        IntVector s = a.and(0x3f3f3f3f);
        IntVector m = b.and(0x3f3f3f3f);
        IntVector t = a.lanewise(VectorOperators.LSHR, 2).and(0x30303030).or(c.and(0x0f0f0f0f));
        IntVector n = b.lanewise(VectorOperators.LSHR, 2)
                .and(0x30303030)
                .or(c.lanewise(VectorOperators.LSHR, 4).and(0x0f0f0f0f));
        for (int i = 0; i < 4; i++) {
            int run = to + i * step;
            ((FloatVector) s.lanewise(VectorOperators.LSHR, 8 * i)
                            .and(255)
                            .convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .mul(d)
                    .intoArray(scales, run);
            ((FloatVector) t.lanewise(VectorOperators.LSHR, 8 * i)
                            .and(255)
                            .convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .mul(d)
                    .intoArray(scales, run + 4 * step);
            ((FloatVector) m.lanewise(VectorOperators.LSHR, 8 * i)
                            .and(255)
                            .convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .mul(negative)
                    .intoArray(offsets, run);
            ((FloatVector) n.lanewise(VectorOperators.LSHR, 8 * i)
                            .and(255)
                            .convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .mul(negative)
                    .intoArray(offsets, run + 4 * step);
        }
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        long address = at;
        for (int p = 0; p < parts; p += PanelChunk.PARTS) {
            int from = bytes(p);
            sixBits(at + from, memory.chunk, 0);
            block(address + from + 16 * ROWS, memory.chunk, inputs, block + p, y, to);
        }
    }

    /** A block's products: two parts at a time, which share their bytes. */
    private static void block(long address, PanelChunk factors, DotInputs inputs, int block, float[] y, int to) {
        int[] x = inputs.pairs;
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            for (int p = 0; p < PanelChunk.PARTS; p += 2) {
                long from = address + 16L * ROWS * p + 4L * r & Lanes.ADDRESSES;
                int i = 16 * (block + p);
                ShortVector a = ShortVector.zero(S);
                ShortVector b = ShortVector.zero(S);
                for (int j = 0; j < 8; j++) {
                    ShortVector v = ByteVector.fromMemorySegment(
                                    B, Lanes.ALL, from + (4 * ROWS * j & 0xfff), Lanes.ORDER)
                            .reinterpretAsShorts();
                    ShortVector low = v.and((short) 0x0f0f);
                    ShortVector high = v.reinterpretAsInts()
                            .lanewise(VectorOperators.LSHR, 4)
                            .and(0x0f0f0f0f)
                            .reinterpretAsShorts();
                    a = low.mul(IntVector.broadcast(I, x[i + j]).reinterpretAsShorts())
                            .add(a);
                    a = low.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[i + j + 8]).reinterpretAsShorts())
                            .add(a);
                    b = high.mul(IntVector.broadcast(I, x[i + j + 16]).reinterpretAsShorts())
                            .add(b);
                    b = v.lanewise(VectorOperators.LSHR, 12)
                            .mul(IntVector.broadcast(I, x[i + j + 24]).reinterpretAsShorts())
                            .add(b);
                }
                IntVector both = a.reinterpretAsInts();
                IntVector dot = both.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(both.lanewise(VectorOperators.ASHR, 16));
                int run = 2 * p * ROWS + r;
                sum = ((FloatVector) dot.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(FloatVector.fromArray(Lanes.F, factors.scales, run))
                        .fma(FloatVector.broadcast(Lanes.F, inputs.d[block + p]), sum);
                sum = IntVector.broadcast(I, inputs.low[block + p])
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(Lanes.F, factors.offsets, run), sum);
                both = b.reinterpretAsInts();
                dot = both.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(both.lanewise(VectorOperators.ASHR, 16));
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
