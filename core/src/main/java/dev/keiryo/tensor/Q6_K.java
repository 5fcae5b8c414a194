package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = (d·s)·(q - 32)}, q of 6 bits, s a signed byte for each 16 weights.
 *
 * <p>Block of 256: {@code byte low[128]; byte high[64]; byte scales[16]; half d}. Each half of 128 weights has 64 bytes
 * of {@code low} (low nibbles: its weights 0-63, high nibbles: 64-127) and 32 bytes of {@code high}, whose bits 2j and
 * 2j+1 are the top bits of its weights 32j to 32j+31.
 */
final class Q6_K implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q6_K;
    }

    @Override
    public int run() {
        return 16;
    }

    @Override
    public int zero() {
        return 32;
    }

    @Override
    public float scale(MemorySegment data, long block, int run) {
        return BlockCodec.half(data, block + 208) * BlockCodec.signed(data, block + 192 + run);
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        int inHalf = part % 4;
        long low = block + part / 4 * 64L + inHalf % 2 * 32L;
        long high = block + 128 + part / 4 * 32L;
        for (int i = 0; i < 32; i++) {
            int nibble = BlockCodec.unsigned(data, low + i) >> (inHalf / 2 * 4) & 15;
            int top = BlockCodec.unsigned(data, high + i) >> (inHalf * 2) & 3;
            out[i] = nibble | top << 4;
        }
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 64; i++) {
                int q = codes.quants[128 * half + i];
                int later = codes.quants[128 * half + 64 + i];
                BlockCodec.put(out, block + 64L * half + i, (q & 15) | ((later & 15) << 4));
            }
            for (int i = 0; i < 32; i++) {
                int high = 0;
                for (int j = 0; j < 4; j++) {
                    high |= codes.quants[128 * half + 32 * j + i] >> 4 << (2 * j);
                }
                BlockCodec.put(out, block + 128 + 32L * half + i, high);
            }
        }
        for (int i = 0; i < 16; i++) {
            BlockCodec.put(out, block + 192 + i, codes.scales[i] - 128);
        }
        BlockCodec.putHalf(out, block + 208, codes.d);
    }
}
