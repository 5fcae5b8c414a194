package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link PanelQuants#dot} of formats with blocks of 32 weights, whose scales are float16 numbers before their quants. All is read
 * in order, once.
 */
final class VectorBlocks {
    private static final int ROWS = Panels.ROWS;

    /** Times this, each of four bits comes to where the fifth bit of its byte is, among others. */
    private static final int SPREAD = 1 << 4 | 1 << 11 | 1 << 18 | 1 << 25;

    private VectorBlocks() {}

    /**
     * Blocks of 32 quants of four bits, {@code [4][row][4]}, behind a float16 scale: those of the last sixteen columns are the high
     * ones.
     *
     * @param offset whether a second float16 follows, the offset
     * @param x {@link Order#NIBBLES}
     */
    static void nibbles(long address, int parts, boolean offset, DotInputs x, int block, float[] y, int to) {
        int head = (offset ? 4 : 2) * ROWS;
        int step = head + 16 * ROWS;
        int[] inputs = x.pairs;
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            for (int p = 0; p < parts; p++) {
                long at = address + (long) step * p;
                int i = 16 * (block + p);
                long quants = at + head + 4L * r;
                ShortVector a = ShortVector.zero(Lanes.S);
                ShortVector b = ShortVector.zero(Lanes.S);
                ShortVector c = ShortVector.zero(Lanes.S);
                ShortVector e = ShortVector.zero(Lanes.S);
                for (int j = 0; j < 4; j++) {
                    ShortVector v = ByteVector.fromMemorySegment(
                                    Lanes.B, Lanes.ALL, quants + 4L * ROWS * j & Lanes.ADDRESSES, Lanes.ORDER)
                            .reinterpretAsShorts();
                    a = v.mul(IntVector.broadcast(Lanes.I, inputs[i + j]).reinterpretAsShorts())
                            .add(a);
                    b = v.lanewise(VectorOperators.LSHR, 4)
                            .mul(IntVector.broadcast(Lanes.I, inputs[i + j + 4]).reinterpretAsShorts())
                            .add(b);
                    c = v.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(Lanes.I, inputs[i + j + 8]).reinterpretAsShorts())
                            .add(c);
                    e = v.lanewise(VectorOperators.LSHR, 12)
                            .mul(IntVector.broadcast(Lanes.I, inputs[i + j + 12])
                                    .reinterpretAsShorts())
                            .add(e);
                }
                IntVector both = a.add(b).add(c.add(e)).reinterpretAsInts();
                IntVector dot = both.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(both.lanewise(VectorOperators.ASHR, 16))
                        .add(IntVector.broadcast(Lanes.I, offset ? 0 : x.low[block + p]));
                // As PanelQuants.halves().
                IntVector bits = ((IntVector) ByteVector.fromMemorySegment(
                                        Lanes.HALF, Lanes.ALL, at + 2L * r & Lanes.ADDRESSES, Lanes.ORDER)
                                .reinterpretAsShorts()
                                .convertShape(VectorOperators.S2I, Lanes.I, 0))
                        .lanewise(VectorOperators.LSHL, 13)
                        .and(0x8fffe000);
                VectorMask<Integer> special =
                        bits.and(PanelQuants.HALF_INFINITY).eq(PanelQuants.HALF_INFINITY);
                sum = ((FloatVector) dot.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(bits.reinterpretAsFloats()
                                .mul(0x1p112f)
                                .reinterpretAsInts()
                                .lanewise(VectorOperators.OR, 0x7f800000, special)
                                .reinterpretAsFloats())
                        .fma(FloatVector.broadcast(Lanes.F, x.d[block + p]), sum);
                if (offset) {
                    bits = ((IntVector) ByteVector.fromMemorySegment(
                                            Lanes.HALF, Lanes.ALL, at + 2L * (ROWS + r) & Lanes.ADDRESSES, Lanes.ORDER)
                                    .reinterpretAsShorts()
                                    .convertShape(VectorOperators.S2I, Lanes.I, 0))
                            .lanewise(VectorOperators.LSHL, 13)
                            .and(0x8fffe000);
                    special = bits.and(PanelQuants.HALF_INFINITY).eq(PanelQuants.HALF_INFINITY);
                    sum = bits.reinterpretAsFloats()
                            .mul(0x1p112f)
                            .reinterpretAsInts()
                            .lanewise(VectorOperators.OR, 0x7f800000, special)
                            .reinterpretAsFloats()
                            .fma(IntVector.broadcast(Lanes.I, x.low[block + p]).reinterpretAsFloats(), sum);
                }
            }
            sum.intoArray(y, to + r);
        }
    }

    /**
     * The same with five bits: the fifth bits of all columns, {@code [row]}, lie before the others.
     *
     * @param x {@link Order#BYTES}
     */
    static void fives(long address, int parts, boolean offset, DotInputs x, int block, float[] y, int to) {
        int head = (offset ? 4 : 2) * ROWS;
        int step = head + 20 * ROWS;
        int[] inputs = x.pairs;
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            for (int p = 0; p < parts; p++) {
                long at = address + (long) step * p;
                int i = 16 * (block + p);
                long quants = at + head + 4L * (ROWS + r);
                IntVector first = ByteVector.fromMemorySegment(
                                Lanes.B, Lanes.ALL, at + head + 4L * r & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsInts();
                IntVector second = first.lanewise(VectorOperators.LSHR, 16);
                // Eight products fit in 16 bits.
                ShortVector a = ShortVector.zero(Lanes.S);
                ShortVector b = ShortVector.zero(Lanes.S);
                ShortVector c = ShortVector.zero(Lanes.S);
                ShortVector e = ShortVector.zero(Lanes.S);
                for (int j = 0; j < 4; j++) {
                    IntVector v = ByteVector.fromMemorySegment(
                                    Lanes.B, Lanes.ALL, quants + 4L * ROWS * j & Lanes.ADDRESSES, Lanes.ORDER)
                            .reinterpretAsInts();
                    ShortVector u = first.and(15)
                            .mul(SPREAD)
                            .and(0x10101010)
                            .or(v.and(0x0f0f0f0f))
                            .reinterpretAsShorts();
                    a = u.mul(IntVector.broadcast(Lanes.I, inputs[i + j]).reinterpretAsShorts())
                            .add(a);
                    b = u.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(Lanes.I, inputs[i + j + 8]).reinterpretAsShorts())
                            .add(b);
                    u = second.and(15)
                            .mul(SPREAD)
                            .and(0x10101010)
                            .or(v.lanewise(VectorOperators.LSHR, 4).and(0x0f0f0f0f))
                            .reinterpretAsShorts();
                    c = u.mul(IntVector.broadcast(Lanes.I, inputs[i + j + 4]).reinterpretAsShorts())
                            .add(c);
                    e = u.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(Lanes.I, inputs[i + j + 12])
                                    .reinterpretAsShorts())
                            .add(e);
                    first = first.lanewise(VectorOperators.LSHR, 4);
                    second = second.lanewise(VectorOperators.LSHR, 4);
                }
                IntVector low = a.add(b).reinterpretAsInts();
                IntVector high = c.add(e).reinterpretAsInts();
                IntVector dot = low.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(low.lanewise(VectorOperators.ASHR, 16))
                        .add(high.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(high.lanewise(VectorOperators.ASHR, 16))
                        .add(IntVector.broadcast(Lanes.I, offset ? 0 : x.low[block + p]));
                // As PanelQuants.halves().
                IntVector bits = ((IntVector) ByteVector.fromMemorySegment(
                                        Lanes.HALF, Lanes.ALL, at + 2L * r & Lanes.ADDRESSES, Lanes.ORDER)
                                .reinterpretAsShorts()
                                .convertShape(VectorOperators.S2I, Lanes.I, 0))
                        .lanewise(VectorOperators.LSHL, 13)
                        .and(0x8fffe000);
                VectorMask<Integer> special =
                        bits.and(PanelQuants.HALF_INFINITY).eq(PanelQuants.HALF_INFINITY);
                sum = ((FloatVector) dot.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(bits.reinterpretAsFloats()
                                .mul(0x1p112f)
                                .reinterpretAsInts()
                                .lanewise(VectorOperators.OR, 0x7f800000, special)
                                .reinterpretAsFloats())
                        .fma(FloatVector.broadcast(Lanes.F, x.d[block + p]), sum);
                if (offset) {
                    bits = ((IntVector) ByteVector.fromMemorySegment(
                                            Lanes.HALF, Lanes.ALL, at + 2L * (ROWS + r) & Lanes.ADDRESSES, Lanes.ORDER)
                                    .reinterpretAsShorts()
                                    .convertShape(VectorOperators.S2I, Lanes.I, 0))
                            .lanewise(VectorOperators.LSHL, 13)
                            .and(0x8fffe000);
                    special = bits.and(PanelQuants.HALF_INFINITY).eq(PanelQuants.HALF_INFINITY);
                    sum = bits.reinterpretAsFloats()
                            .mul(0x1p112f)
                            .reinterpretAsInts()
                            .lanewise(VectorOperators.OR, 0x7f800000, special)
                            .reinterpretAsFloats()
                            .fma(IntVector.broadcast(Lanes.I, x.low[block + p]).reinterpretAsFloats(), sum);
                }
            }
            sum.intoArray(y, to + r);
        }
    }

    /**
     * Blocks of 32 quants of whole bytes, {@code [8][row][4]}, behind a float16 scale.
     *
     * @param zeros whether a second float16 follows, the quant that stands for 0, and quants have no sign
     * @param x {@link Order#CENTERED}
     */
    static void bytes(long address, int parts, boolean zeros, DotInputs x, int block, float[] y, int to) {
        int head = (zeros ? 4 : 2) * ROWS;
        int step = head + 32 * ROWS;
        // What makes them 128 more, without sign.
        int flip = zeros ? 0 : 0x80808080;
        int[] inputs = x.pairs;
        int[] centers = x.centers;
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            for (int p = 0; p < parts; p++) {
                long at = address + (long) step * p;
                long from = at + head + 4L * r & Lanes.ADDRESSES;
                int i = 16 * (block + p);
                int c = 8 * (block + p);
                // Sums of two products, which fit in 16 bits. They are added up by twos, the lower less -2^15 so that
                // it
                // leaves the upper alone, and the upper on their own.
                IntVector both = IntVector.zero(Lanes.I);
                IntVector upper = IntVector.zero(Lanes.I);
                for (int j = 0; j < 4; j++) {
                    ShortVector v = ByteVector.fromMemorySegment(
                                    Lanes.B, Lanes.ALL, from + (4 * ROWS * j & 0xfff), Lanes.ORDER)
                            .reinterpretAsInts()
                            .lanewise(VectorOperators.XOR, flip)
                            .reinterpretAsShorts();
                    ShortVector w = ByteVector.fromMemorySegment(
                                    Lanes.B, Lanes.ALL, from + (4 * ROWS * (j + 4) & 0xfff), Lanes.ORDER)
                            .reinterpretAsInts()
                            .lanewise(VectorOperators.XOR, flip)
                            .reinterpretAsShorts();
                    IntVector two = v.mul(
                                    IntVector.broadcast(Lanes.I, inputs[i + j]).reinterpretAsShorts())
                            .add(v.lanewise(VectorOperators.LSHR, 8)
                                    .mul(IntVector.broadcast(Lanes.I, inputs[i + j + 8])
                                            .reinterpretAsShorts()))
                            .add(IntVector.broadcast(Lanes.I, centers[c + j]).reinterpretAsShorts())
                            .reinterpretAsInts();
                    both = both.add(two);
                    upper = upper.add(two.lanewise(VectorOperators.ASHR, 16));
                    two = w.mul(IntVector.broadcast(Lanes.I, inputs[i + j + 4]).reinterpretAsShorts())
                            .add(w.lanewise(VectorOperators.LSHR, 8)
                                    .mul(IntVector.broadcast(Lanes.I, inputs[i + j + 12])
                                            .reinterpretAsShorts()))
                            .add(IntVector.broadcast(Lanes.I, centers[c + j + 4])
                                    .reinterpretAsShorts())
                            .reinterpretAsInts();
                    both = both.add(two);
                    upper = upper.add(two.lanewise(VectorOperators.ASHR, 16));
                }
                IntVector dot = both.add(upper)
                        .sub(upper.lanewise(VectorOperators.LSHL, 16))
                        .add((zeros ? 128 * x.total(block + p) : 0) - (8 << 15));
                // As PanelQuants.halves().
                IntVector bits = ((IntVector) ByteVector.fromMemorySegment(
                                        Lanes.HALF, Lanes.ALL, at + 2L * r & Lanes.ADDRESSES, Lanes.ORDER)
                                .reinterpretAsShorts()
                                .convertShape(VectorOperators.S2I, Lanes.I, 0))
                        .lanewise(VectorOperators.LSHL, 13)
                        .and(0x8fffe000);
                VectorMask<Integer> special =
                        bits.and(PanelQuants.HALF_INFINITY).eq(PanelQuants.HALF_INFINITY);
                FloatVector scale = bits.reinterpretAsFloats()
                        .mul(0x1p112f)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.OR, 0x7f800000, special)
                        .reinterpretAsFloats();
                sum = ((FloatVector) dot.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(scale)
                        .fma(FloatVector.broadcast(Lanes.F, x.d[block + p]), sum);
                if (zeros) {
                    bits = ((IntVector) ByteVector.fromMemorySegment(
                                            Lanes.HALF, Lanes.ALL, at + 2L * (ROWS + r) & Lanes.ADDRESSES, Lanes.ORDER)
                                    .reinterpretAsShorts()
                                    .convertShape(VectorOperators.S2I, Lanes.I, 0))
                            .lanewise(VectorOperators.LSHL, 13)
                            .and(0x8fffe000);
                    special = bits.and(PanelQuants.HALF_INFINITY).eq(PanelQuants.HALF_INFINITY);
                    sum = bits.reinterpretAsFloats()
                            .mul(0x1p112f)
                            .reinterpretAsInts()
                            .lanewise(VectorOperators.OR, 0x7f800000, special)
                            .reinterpretAsFloats()
                            .mul(scale)
                            .neg()
                            .fma(IntVector.broadcast(Lanes.I, x.low[block + p]).reinterpretAsFloats(), sum);
                }
            }
            sum.intoArray(y, to + r);
        }
    }
}
