package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A codec of a block format: a row is a run of blocks that decode independently, each weight from a small whole number
 * u, its quant: {@code w = scale·(u - zero)} or {@code w = scale·u + offset}, scale and offset shared by a run of 16 or
 * 32 weights. Kernels that multiply whole numbers read these parts.
 */
public interface BlockCodec extends Codec {
    ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Weights whose quants are read together: every block is a number of such parts. */
    int PART = 32;

    /** The format. */
    TensorType type();

    /** How many weights share a scale: 16 or 32. */
    int run();

    /** The quant that stands for 0; 0 where there are offsets. */
    default int zero() {
        return 0;
    }

    /** Whether runs have an offset. */
    default boolean hasOffset() {
        return false;
    }

    /**
     * The 32 quants, each 0 to 255, of part {@code part} of the block at {@code block}.
     *
     * @param out at least 32
     */
    void quants(MemorySegment data, long block, int part, int[] out);

    /** The scale of run {@code run} of the block at {@code block}. */
    float scale(MemorySegment data, long block, int run);

    /** The offset of run {@code run} of the block at {@code block}. */
    default float offset(MemorySegment data, long block, int run) {
        return 0;
    }

    /**
     * Writes {@code codes} as the block at {@code block}: the inverse of reading it.
     *
     * @throws UnsupportedOperationException where the format is only read
     */
    default void pack(BlockCodes codes, MemorySegment out, long block) {
        throw new UnsupportedOperationException(type().label() + " is only read");
    }

    @Override
    default void decode(MemorySegment data, long offset, float[] out, int at, int count) {
        int size = type().blockSize();
        int run = run();
        int[] quants = QuantsOfPart.room();
        for (int i = 0; i < count; i += PART) {
            long block = offset + (long) (i / size) * type().blockBytes();
            quants(data, block, i % size / PART, quants);
            for (int j = 0; j < PART; j += run) {
                int index = (i % size + j) / run;
                float scale = scale(data, block, index);
                if (hasOffset()) {
                    float m = offset(data, block, index);
                    for (int k = j; k < j + run; k++) {
                        out[at + i + k] = scale * quants[k] + m;
                    }
                } else {
                    for (int k = j; k < j + run; k++) {
                        out[at + i + k] = scale * (quants[k] - zero());
                    }
                }
            }
        }
    }

    /** 32 nibbles of 16 bytes: the low ones, then the high ones. */
    static void nibbles(MemorySegment data, long offset, int[] out) {
        for (int i = 0; i < 16; i++) {
            int q = unsigned(data, offset + i);
            out[i] = q & 15;
            out[16 + i] = q >> 4;
        }
    }

    /** Stores codes of 4 bits as {@link #nibbles} reads them, from {@code quants[at]} on. */
    static void packNibbles(int[] quants, int at, MemorySegment out, long offset) {
        for (int half = 0; half < 16; half += 8) {
            long bytes = 0;
            for (int i = 7; i >= 0; i--) {
                int q = at + half + i;
                bytes = bytes << 8 | (quants[q] & 15) | (quants[q + 16] & 15) << 4;
            }
            out.set(I64, offset + half, bytes);
        }
    }

    /** Stores a float16 at {@code offset}. */
    static void putHalf(MemorySegment out, long offset, float value) {
        out.set(I16, offset, Float.floatToFloat16(value));
    }

    /** Stores the low eight bits. */
    static void put(MemorySegment out, long offset, int value) {
        out.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    /** The float16 at {@code offset}. */
    static float half(MemorySegment data, long offset) {
        return Float.float16ToFloat(data.get(I16, offset));
    }

    /** The byte at {@code offset}, 0 to 255. */
    static int unsigned(MemorySegment data, long offset) {
        return data.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    }

    /** The byte at {@code offset}, -128 to 127. */
    static int signed(MemorySegment data, long offset) {
        return data.get(ValueLayout.JAVA_BYTE, offset);
    }
}
