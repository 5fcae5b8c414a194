package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = (d·s)·q - (dmin·m)}, q of 5 bits, s and m of 6 bits for each 32 weights.
 *
 * <p>Block of 256: {@code half d; half dmin; byte scales[12]; byte high[32]; byte q[128]}. The low four bits of q lie as
 * in {@link Q4_K}; bit j of {@code high} is the fifth bit of the weights 32j to 32j+31.
 */
final class Q5_K implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q5_K;
    }

    @Override
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        float d = BlockCodec.half(data, offset);
        float dmin = BlockCodec.half(data, offset + 2);
        for (int group = 0; group < 8; group++) {
            float s = d * KScales.scale(data, offset + 4, group);
            float m = dmin * KScales.min(data, offset + 4, group);
            long high = offset + 16;
            long quants = offset + 48 + group / 2 * 32L;
            int shift = group % 2 * 4;
            for (int i = 0; i < 32; i++) {
                int low = BlockCodec.unsigned(data, quants + i) >> shift & 15;
                int fifth = BlockCodec.unsigned(data, high + i) >> group & 1;
                out[at + 32 * group + i] = s * (low | fifth << 4) - m;
            }
        }
    }
}
