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
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        float d = BlockCodec.half(data, offset + 208);
        for (int group = 0; group < 16; group++) {
            float s = d * BlockCodec.signed(data, offset + 192 + group);
            int inHalf = group % 8;
            long low = offset + group / 8 * 64L + inHalf % 4 * 16L;
            long high = offset + 128 + group / 8 * 32L + inHalf % 2 * 16L;
            int lowShift = inHalf / 4 * 4;
            int highShift = inHalf / 2 * 2;
            for (int i = 0; i < 16; i++) {
                int nibble = BlockCodec.unsigned(data, low + i) >> lowShift & 15;
                int top = BlockCodec.unsigned(data, high + i) >> highShift & 3;
                out[at + 16 * group + i] = s * ((nibble | top << 4) - 32);
            }
        }
    }
}
