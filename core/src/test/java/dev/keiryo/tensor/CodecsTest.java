package dev.keiryo.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CodecsTest {
    private static final float CANARY = 12345.5f;

    /** Any bytes are a valid block; where they lie and what surrounds them must not matter. */
    @ParameterizedTest
    @EnumSource(TensorType.class)
    void decodesAtAnyAlignmentAndOnlyWhatWasAskedFor(TensorType type) {
        Codec codec = Codecs.of(type);
        if (codec == null) {
            return;
        }
        int blocks = 5;
        byte[] data = new byte[blocks * type.blockBytes()];
        new Random(7).nextBytes(data);
        float[] whole = new float[blocks * type.blockSize()];
        codec.decode(MemorySegment.ofArray(data), 0, whole, 0, whole.length);
        for (int shift = 0; shift < 4; shift++) {
            for (int first = 0; first < blocks; first++) {
                int n = (blocks - first) * type.blockSize();
                byte[] moved = new byte[shift + data.length];
                System.arraycopy(data, 0, moved, shift, data.length);
                float[] out = new float[3 + n + 2];
                Arrays.fill(out, CANARY);
                codec.decode(MemorySegment.ofArray(moved), shift + (long) first * type.blockBytes(), out, 3, n);
                assertArrayEquals(
                        Arrays.copyOfRange(whole, first * type.blockSize(), whole.length),
                        Arrays.copyOfRange(out, 3, 3 + n));
                for (int i : new int[] {0, 1, 2, 3 + n, 4 + n}) {
                    assertEquals(CANARY, out[i]);
                }
            }
        }
    }

    /** The values that the OCP specification lists for E2M1, times 2^(130-127). */
    @Test
    void mxfp4FollowsItsSpecification() {
        byte[] block = new byte[17];
        block[0] = (byte) 130;
        for (int i = 0; i < 16; i++) {
            block[1 + i] = (byte) (i | (15 - i) << 4);
        }
        float[] out = new float[32];
        Codecs.require(TensorType.MXFP4).decode(MemorySegment.ofArray(block), 0, out, 0, 32);
        float[] e2m1 = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, 0, -0.5f, -1, -1.5f, -2, -3, -4, -6};
        for (int i = 0; i < 16; i++) {
            assertEquals(8 * e2m1[i], out[i]);
            assertEquals(8 * e2m1[15 - i], out[16 + i]);
        }
        block[0] = 0;
        Codecs.require(TensorType.MXFP4).decode(MemorySegment.ofArray(block), 0, out, 0, 32);
        assertEquals(0x1p-127f, out[2]);
    }

    @Test
    void bf16RoundsToEvenAndKeepsNaN() {
        float[] in = {1f, 0x1.01p0f, 0x1.03p0f, 0x1.010002p0f, -0x1.01p0f, Float.MAX_VALUE, Float.MIN_VALUE, 0f, -0f};
        short[] expected = {0x3f80, 0x3f80, 0x3f82, 0x3f81, (short) 0xbf80, 0x7f80, 0, 0, (short) 0x8000};
        assertArrayEquals(expected, encode(TensorType.BF16, in));
        float[] special = {Float.NaN, Float.intBitsToFloat(0x7f800001), Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY
        };
        assertArrayEquals(new short[] {0x7fc0, 0x7fc0, 0x7f80, (short) 0xff80}, encode(TensorType.BF16, special));
    }

    private static short[] encode(TensorType type, float[] in) {
        Encoder encoder = Codecs.encoder(type);
        assertTrue(encoder != null);
        MemorySegment out = MemorySegment.ofArray(new short[in.length]);
        encoder.encode(in, 0, in.length, out, 0);
        return out.toArray(ValueLayout.JAVA_SHORT);
    }

    /** Zero, subnormal and huge blocks, ties, and offsets in both arrays; expected by the definition, in double. */
    @Test
    void q8RoundsTiesAwayFromZero() {
        float[] in = new float[1 + 64];
        in[1] = 127;
        in[2] = 0.5f;
        in[3] = -0.5f;
        in[4] = 1.5f;
        in[5] = -2.5f;
        in[6] = 0.49999997f;
        Arrays.fill(in, 33, 65, 71 * Float.MIN_VALUE);
        byte[] out = new byte[2 + 68];
        Encoder encoder = Codecs.encoder(TensorType.Q8_0);
        assertTrue(encoder != null);
        encoder.encode(in, 1, 64, MemorySegment.ofArray(out), 1);
        assertArrayEquals(new byte[] {0, 0, 0x3c, 127, 1, -1, 2, -3, 0}, Arrays.copyOf(out, 9));
        assertEquals(0, out[69]);
        assertEquals(127, out[68]);
    }
}
