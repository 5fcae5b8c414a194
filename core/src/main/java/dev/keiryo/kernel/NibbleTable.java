package dev.keiryo.kernel;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Sixteen signed bytes for nibbles to choose from. */
final class NibbleTable {
    /** Of 512 bits only with VBMI: other processors cannot choose among 64 bytes. */
    private static final VectorSpecies<Byte> B = VectorSpecies.of(
            byte.class, VectorShape.forBitSize(Math.min(Simd.CPU.avx512vbmi() ? 512 : 256, Lanes.I.vectorBitSize())));

    private static final VectorSpecies<Integer> I = B.withLanes(int.class);
    private static final VectorSpecies<Float> F = B.withLanes(float.class);
    private static final int INTS = B.length() / 4;

    /** Scales are unpacked for two parts at a time, so that memory is read in order: for more, half of its speed is lost. */
    static final int PAIR = 2;

    private final byte[] table = new byte[B.length()];
    /** 128 more, without sign. */
    private final byte[] biased = new byte[B.length()];

    NibbleTable(int... values) {
        for (int i = 0; i < table.length; i++) {
            table[i] = (byte) values[i % 16];
            biased[i] = (byte) (values[i % 16] + 128);
        }
    }

    /** What the nibbles of parts' 16 bytes choose, first the low ones'; arguments as of {@link PanelQuants#nibbles}. */
    void look(long at, int step, int parts, PanelChunk out, int row) {
        for (int p = 0; p < parts; p++) {
            look(at + (long) p * step, out, p, row);
        }
    }

    /** Of one part. */
    void look(long at, PanelChunk out, int part, int row) {
        choose(at, 0, out, out.pair(part, 0, row));
        choose(at, 4, out, out.pair(part, 8, row));
    }

    private void choose(long at, int shift, PanelChunk out, int to) {
        int further = 2 * out.rows;
        for (int i = 0; i < 4 * Panels.ROWS; i += INTS) {
            ShortVector chosen = ByteVector.fromMemorySegment(B, Lanes.ALL, at + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                    .reinterpretAsShorts()
                    .lanewise(VectorOperators.LSHR, shift)
                    .reinterpretAsBytes()
                    .and((byte) 15)
                    .selectFrom(ByteVector.fromArray(B, table, 0))
                    .reinterpretAsShorts();
            int pair = to + i / Panels.ROWS * 2 * further + 2 * (i % Panels.ROWS);
            chosen.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 8)
                    .intoArray(out.pairs, pair);
            chosen.lanewise(VectorOperators.ASHR, 8).intoArray(out.pairs, pair + further);
        }
    }

    /**
     * Adds products of what the nibbles choose with one token's inputs, see {@link PanelQuants#dot}.
     *
     * @param at where the 16 bytes of the first of {@code parts} begin
     * @param step from every second part to the next
     * @param further from the first of two parts to the second
     * @param scales {@code [part][2][row]}
     */
    void dot(
            long at, int step, int further, int parts, float[] scales, DotInputs inputs, int block, float[] y, int to) {
        int[] x = inputs.pairs;
        int[] centers = inputs.centers;
        ByteVector values = ByteVector.fromArray(B, biased, 0);
        for (int r = 0; r < Panels.ROWS; r += INTS) {
            FloatVector sum = FloatVector.fromArray(F, y, to + r);
            for (int p = 0; p < parts; p++) {
                long from = at + (long) step * (p >> 1) + (long) further * (p & 1) + 4L * r & Lanes.ADDRESSES;
                int i = 16 * (block + p);
                int c = 8 * (block + p);
                // Sums of two products, which fit in 16 bits. They are added up by twos, the lower less -2^15 so that
                // it
                // leaves the upper alone, and the upper on their own.
                IntVector both = IntVector.zero(I);
                IntVector upper = IntVector.zero(I);
                for (int j = 0; j < 4; j++) {
                    ByteVector v = ByteVector.fromMemorySegment(B, Lanes.ALL, from + (64 * j & 0xfff), Lanes.ORDER);
                    ShortVector low = v.selectFrom(values).reinterpretAsShorts();
                    ShortVector high = v.reinterpretAsInts()
                            .lanewise(VectorOperators.LSHR, 4)
                            .reinterpretAsBytes()
                            .selectFrom(values)
                            .reinterpretAsShorts();
                    IntVector two = low.mul(IntVector.broadcast(I, x[i + j]).reinterpretAsShorts())
                            .add(low.lanewise(VectorOperators.LSHR, 8)
                                    .mul(IntVector.broadcast(I, x[i + j + 8]).reinterpretAsShorts()))
                            .add(IntVector.broadcast(I, centers[c + j]).reinterpretAsShorts())
                            .reinterpretAsInts();
                    both = both.add(two);
                    upper = upper.add(two.lanewise(VectorOperators.ASHR, 16));
                    two = high.mul(IntVector.broadcast(I, x[i + j + 4]).reinterpretAsShorts())
                            .add(high.lanewise(VectorOperators.LSHR, 8)
                                    .mul(IntVector.broadcast(I, x[i + j + 12]).reinterpretAsShorts()))
                            .add(IntVector.broadcast(I, centers[c + j + 4]).reinterpretAsShorts())
                            .reinterpretAsInts();
                    both = both.add(two);
                    upper = upper.add(two.lanewise(VectorOperators.ASHR, 16));
                }
                IntVector dot = both.add(upper)
                        .sub(upper.lanewise(VectorOperators.LSHL, 16))
                        .sub(8 << 15);
                sum = ((FloatVector) dot.convertShape(VectorOperators.I2F, F, 0))
                        .mul(FloatVector.fromArray(F, scales, 2 * p * Panels.ROWS + r))
                        .fma(FloatVector.broadcast(F, inputs.d[block + p]), sum);
            }
            sum.intoArray(y, to + r);
        }
    }
}
