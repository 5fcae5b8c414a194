package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.CodeBook;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of formats whose weights are no whole numbers, as float32. */
final class VectorFloats {
    private static final int ROWS = Panels.ROWS;
    private static final float[] NF4 = CodeBook.NF4.numbers();
    private static final float[] FP4 = CodeBook.FP4.numbers();

    private static final ValueLayout.OfShort HALVES = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(Lanes.ORDER);

    private VectorFloats() {}

    /** Writes {@code cols} columns, a multiple of 32: {@code out[to + stride·column + row]}. */
    static void unpack(TensorType type, long at, int cols, float[] out, int to, int stride) {
        switch (type) {
            case F32 -> singles(at, cols, out, to, stride);
            case F16 -> PanelQuants.halves(at, 2 * ROWS, cols, out, to, stride);
            case BF16 -> brains(at, cols, out, to, stride);
            case NF4 -> values(NF4, at, cols, out, to, stride);
            case FP4 -> values(FP4, at, cols, out, to, stride);
            default -> throw new IllegalArgumentException(type.label() + " is made of blocks");
        }
    }

    /**
     * Columns of float16 one after the other, as {@link #unpack} does.
     *
     * @param bits room for {@code cols} columns
     */
    static void halves(long at, int cols, short[] bits, float[] out) {
        int n = cols * ROWS;
        MemorySegment.copy(Lanes.ALL, HALVES, at, bits, 0, n);
        // A loop that the compiler turns into vectors itself: these have an instruction that it does not offer
        // otherwise.
        for (int i = 0; i < n; i++) {
            out[i] = Float.float16ToFloat(bits[i]);
        }
    }

    private static void singles(long at, int cols, float[] out, int to, int stride) {
        for (int c = 0; c < cols; c++) {
            for (int r = 0; r < ROWS; r += LANES) {
                ByteVector.fromMemorySegment(
                                Lanes.B, Lanes.ALL, at + 4L * (c * ROWS + r) & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsFloats()
                        .intoArray(out, to + c * stride + r);
            }
        }
    }

    /** Whole blocks of a code book's numbers. */
    private static void values(float[] book, long at, int cols, float[] out, int to, int stride) {
        for (int c = 0; c < cols; c++) {
            long block = at + 36L * ROWS * (c / 64);
            int unit = 4 + c % 64 / 32 * 16 + c % 16 / 4 * 4;
            long numbers = block + (long) ROWS * unit + c % 4;
            for (int r = 0; r < ROWS; r++) {
                float absmax = Lanes.ALL.get(Lanes.F32, block + 4L * r);
                int number = Lanes.ALL.get(ValueLayout.JAVA_BYTE, numbers + 4L * r) >> (c % 32 / 16 * 4) & 15;
                out[to + c * stride + r] = absmax * book[number];
            }
        }
    }

    /** Two columns in a lane. */
    private static void brains(long at, int cols, float[] out, int to, int stride) {
        for (int c = 0; c < cols; c += 2) {
            for (int r = 0; r < ROWS; r += LANES) {
                IntVector pair = ByteVector.fromMemorySegment(
                                Lanes.B, Lanes.ALL, at + 2L * (c * ROWS + 2 * r) & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsInts();
                pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(out, to + c * stride + r);
                pair.and(0xffff0000).reinterpretAsFloats().intoArray(out, to + (c + 1) * stride + r);
            }
        }
    }
}
