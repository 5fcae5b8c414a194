package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A codec of a block format: a row is a run of blocks that decode independently. The static methods read a block's
 * fields, little-endian.
 */
interface BlockCodec extends Codec {
    ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The format; its block size is how many weights {@link #decodeBlock} writes. */
    TensorType type();

    /** Decodes the block at {@code offset} into {@code out[at … at+blockSize)}. */
    void decodeBlock(MemorySegment data, long offset, float[] out, int at);

    @Override
    default void decode(MemorySegment data, long offset, float[] out, int at, int count) {
        int size = type().blockSize();
        int bytes = type().blockBytes();
        for (int i = 0; i < count; i += size) {
            decodeBlock(data, offset, out, at + i);
            offset += bytes;
        }
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
