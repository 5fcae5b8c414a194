package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q5_0. */
final class VectorQ5_0 extends PanelQuants {
    private static final int BLOCK = 22 * ROWS;

    /** Of four bits, the first and the third times this come to where the fifth bits of a pair belong, among others. */
    private static final int SPREAD = 1 << 4 | 1 << 18;

    private static final int FIFTH_BITS = 0x00100010;

    VectorQ5_0() {
        super(TensorType.Q5_0, false, Order.BYTES, true);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at, BLOCK, parts, out.scales, row, out.run(1, 0));
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        quants(at + 2 * ROWS, BLOCK, parts, 16, out, row);
    }

    /** Parts of 32 fifth bits, at {@code at} and every {@code step} bytes, and the nibbles that follow them, together less {@code zero}. */
    static void quants(long at, int step, int parts, int zero, PanelChunk out, int row) {
        for (int p = 0; p < parts; p++) {
            for (int half = 0; half < 2; half++) {
                half(at + (long) p * step, half, zero, out, out.pair(p, half * 8, row));
            }
        }
    }

    private static void half(long at, int half, int zero, PanelChunk out, int to) {
        int further = 2 * out.rows;
        for (int i = 0; i < 4 * ROWS; i += LANES) {
            IntVector bits = ByteVector.fromMemorySegment(
                            B, Lanes.ALL, at + 4L * (i % ROWS) & Lanes.ADDRESSES, Lanes.ORDER)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, half * 16 + i / ROWS * 4);
            ShortVector v = ByteVector.fromMemorySegment(
                            B, Lanes.ALL, at + 4L * (ROWS + i) & Lanes.ADDRESSES, Lanes.ORDER)
                    .reinterpretAsShorts()
                    .lanewise(VectorOperators.LSHR, (short) (half * 4));
            int pair = to + i / ROWS * 2 * further + 2 * (i % ROWS);
            bits.and(5)
                    .mul(SPREAD)
                    .and(FIFTH_BITS)
                    .reinterpretAsShorts()
                    .or(v.and((short) 15))
                    .sub((short) zero)
                    .intoArray(out.pairs, pair);
            bits.lanewise(VectorOperators.LSHR, 1)
                    .and(5)
                    .mul(SPREAD)
                    .and(FIFTH_BITS)
                    .reinterpretAsShorts()
                    .or(v.lanewise(VectorOperators.LSHR, 8).and((short) 15))
                    .sub((short) zero)
                    .intoArray(out.pairs, pair + further);
        }
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        VectorBlocks.fives(at, parts, false, inputs, block, y, to);
    }
}
