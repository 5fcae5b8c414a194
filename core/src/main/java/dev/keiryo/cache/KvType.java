package dev.keiryo.cache;

/**
 * How the numbers of keys and values are kept.
 *
 * <p>A page holds {@link KvCache#PAGE} positions p of one head, first keys with the positions side by side, since attention
 * computes the scores of neighbouring positions at once; then, elsewhere, values with the dimensions d side by side, since it
 * adds up whole values. With D dimensions, padded by zeros to a multiple of {@link #padding}:
 *
 * <pre>
 *            keys                                        values
 *   F32      float[D][64]                                float[64][D]
 *   F16      half[D][64]                                 half[64][D]
 *   BF16     bfloat16[D][64]                             bfloat16[64][D]
 *   Q8_0     D/32 of { half s[64]; int8 q[32][64] }      half s[D/32][64]; int8 q[64][D]
 *   Q4_0     D/32 of { half s[64]; uint4 q[32][64] }     half s[D/32][64]; uint4 q[64][D]
 * </pre>
 *
 * Q8_0 is {@code s·q} and Q4_0 is {@code s·(q - 8)}, with one scale for 32 dimensions of a position. Two 4-bit numbers share a
 * byte, the first in its low half: of keys the dimensions 2i and 2i + 1 of a position; of values i and i + 16 of a block of 32.
 */
public enum KvType {
    F32(1, 32),
    F16(1, 16),
    BF16(1, 16),
    Q8_0(32, 8),
    Q4_0(32, 4);

    private static final int PAGE = KvCache.PAGE;
    /** Values are read as vectors of 16. */
    private static final int VECTOR = 16;

    private final int block;
    private final int bits;

    KvType(int block, int bits) {
        this.block = block;
        this.bits = bits;
    }

    /** Numbers that share a scale; 1 where there are no scales. */
    public int block() {
        return block;
    }

    /** Dimensions that a head's keys have with padding. */
    public int paddedKey(int dim) {
        return Math.ceilDiv(dim, block) * block;
    }

    /** Dimensions that a head's values have with padding. */
    public int paddedValue(int dim) {
        return Math.ceilDiv(dim, padding()) * padding();
    }

    /** What the number of a value's dimensions is rounded up to a multiple of. */
    public int padding() {
        return Math.max(block, VECTOR);
    }

    /** Bytes of a head's keys in a page, a multiple of 64. */
    public long keyBytes(int dim) {
        return bytes(paddedKey(dim));
    }

    /** Bytes of a head's values in a page, a multiple of 64. */
    public long valueBytes(int dim) {
        return bytes(paddedValue(dim));
    }

    private long bytes(int padded) {
        int scales = block > 1 ? 2 * PAGE * (padded / block) : 0;
        return scales + (long) PAGE * padded * bits / 8;
    }
}
