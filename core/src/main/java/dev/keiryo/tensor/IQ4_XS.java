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
    public int run() {
        return 32;
    }

    @Override
    public int zero() {
        return 128;
    }

    @Override
    public float scale(MemorySegment data, long block, int run) {
        int high = data.get(I16, block + 2);
        int low = data.get(I32, block + 4);
        int s = ((low >>> (4 * run)) & 15) | ((high >> (2 * run)) & 3) << 4;
        return BlockCodec.half(data, block) * (s - 32);
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        IQ4_NL.levels(data, block + 8 + 16L * part, out);
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        BlockCodec.putHalf(out, block, codes.d);
        int low = 0;
        int high = 0;
        for (int i = 0; i < 8; i++) {
            low |= (codes.scales[i] & 15) << (4 * i);
            high |= codes.scales[i] >> 4 << (2 * i);
        }
        out.set(I16, block + 2, (short) high);
        out.set(I32, block + 4, low);
        for (int part = 0; part < 8; part++) {
            BlockCodec.packNibbles(codes.quants, 32 * part, out, block + 8 + 16L * part);
        }
    }
}
