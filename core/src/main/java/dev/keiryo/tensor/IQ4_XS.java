package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = (d·(s - 32))·level[q]}, the levels of {@link IQ4_NL}, s of 6 bits for each 32 weights.
 *
 * <p>Block of 256: {@code half d; short high; byte low[4]; byte q[128]}. Scale i's low four bits are nibble i of
 * {@code low}, its high two bits those from bit 2i of {@code high}. Each 16 bytes of q hold 32 weights as in
 * {@link IQ4_NL}.
 */
final class IQ4_XS implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.IQ4_XS;
    }

    @Override
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        float d = BlockCodec.half(data, offset);
        int high = data.get(I16, offset + 2);
        int low = data.get(I32, offset + 4);
        for (int group = 0; group < 8; group++) {
            int s = ((low >>> (4 * group)) & 15) | ((high >> (2 * group)) & 3) << 4;
            IQ4_NL.decode32(d * (s - 32), data, offset + 8 + 16L * group, out, at + 32 * group);
        }
    }
}
