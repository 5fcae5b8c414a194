package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * The eight 6-bit scales and eight 6-bit minima that {@link Q4_K} and {@link Q5_K} pack into 12 bytes: the first four of
 * each are the low six bits of bytes 0-3 (scales) and 4-7 (minima); the others' low four bits are the low (scales) and
 * high (minima) nibbles of bytes 8-11, and their high two bits the top bits of bytes 0-3 and 4-7.
 */
public final class KScales {
    private KScales() {}

    /** Scale {@code i}, 0 to 63, of the 12 bytes at {@code offset}. */
    public static int scale(MemorySegment data, long offset, int i) {
        if (i < 4) {
            return BlockCodec.unsigned(data, offset + i) & 63;
        }
        return (BlockCodec.unsigned(data, offset + 4 + i) & 15) | BlockCodec.unsigned(data, offset + i - 4) >> 6 << 4;
    }

    /** Minimum {@code i}, 0 to 63, of the 12 bytes at {@code offset}. */
    public static int min(MemorySegment data, long offset, int i) {
        if (i < 4) {
            return BlockCodec.unsigned(data, offset + 4 + i) & 63;
        }
        return BlockCodec.unsigned(data, offset + 4 + i) >> 4 | BlockCodec.unsigned(data, offset + i) >> 6 << 4;
    }

    /** Stores eight scales and eight minima, each 0 to 63. */
    static void pack(int[] scales, int[] minima, MemorySegment out, long offset) {
        for (int i = 0; i < 4; i++) {
            BlockCodec.put(out, offset + i, scales[i] | scales[i + 4] >> 4 << 6);
            BlockCodec.put(out, offset + 4 + i, minima[i] | minima[i + 4] >> 4 << 6);
            BlockCodec.put(out, offset + 8 + i, (scales[i + 4] & 15) | ((minima[i + 4] & 15) << 4));
        }
    }
}
