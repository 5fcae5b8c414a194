package dev.keiryo.tensor;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * NF4, FP4 and double quantization against what another program makes of the same numbers: {@code bitsandbytes.json} says which, and how.
 * There, the first of two weights is in a byte's high nibble, and absolute maxima are apart; here blocks are others', but the codes the same.
 */
final class BitsAndBytesTest {
    private static JsonNode expected;

    @BeforeAll
    static void read() throws IOException {
        try (InputStream in = requireNonNull(BitsAndBytesTest.class.getResourceAsStream("bitsandbytes.json"))) {
            expected = JsonMapper.shared().readTree(in);
        }
    }

    private static float[] floats(String key) {
        float[] all = new float[expected.get(key).size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = Float.parseFloat(expected.get(key).get(i).asString());
        }
        return all;
    }

    /** The quantiles of the normal distribution, by an inverse of its distribution function in double precision. */
    @Test
    void valuesAreQuantilesOfTheNormalDistribution() {
        assertArrayEquals(floats("nf4"), CodeBook.NF4.numbers(), 2e-7f);
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"NF4", "FP4"})
    void codesAndScalesAreTheSame(TensorType type) {
        float[] weights = floats("weights");
        float[] absmax = floats("absmax");
        byte[] bytes = new byte[(int) type.bytes(weights.length)];
        MemorySegment blocks = MemorySegment.ofArray(bytes);
        requireNonNull(Codecs.encoder(type)).encode(weights, 0, weights.length, blocks, 0);
        for (int b = 0; b < absmax.length; b++) {
            assertEquals(absmax[b], blocks.get(Matrix.F32, 36L * b));
            String codes = expected.get(type == TensorType.NF4 ? "nf4Codes" : "fp4Codes")
                    .get(b)
                    .asString();
            for (int i = 0; i < 64; i++) {
                int both = BlockCodec.unsigned(blocks, 36L * b + 4L + i / 32 * 16L + i % 16);
                int found = i % 32 < 16 ? both & 15 : both >> 4;
                assertEquals(Character.digit(codes.charAt(i), 16), found, "weight " + i + " of block " + b);
            }
        }
    }

    @Test
    void dynamicTypeIsTheSame() {
        assertArrayEquals(floats("dynamic"), NestedScales.values(), 1e-7f);
    }

    /** 300 blocks: two groups of 256, the second not full. */
    @Test
    void secondLevelIsTheSame() {
        float[] absmax = floats("nestedAbsmax");
        byte[] codes = new byte[absmax.length];
        NestedScales scales = NestedScales.of(absmax, codes);
        float mean = scales.constants().get(Matrix.F32, 0);
        assertEquals(expected.get("nestedMean").asDouble(), mean, 1e-6 * mean);
        for (int g = 0; g < 2; g++) {
            double scale = expected.get("nestedScales").get(g).asDouble();
            assertEquals(scale, scales.constants().get(Matrix.F32, 4L * (1 + g)), 1e-6 * scale);
        }
        for (int i = 0; i < codes.length; i++) {
            assertEquals(expected.get("nestedCodes").get(i).asInt(), codes[i] & 0xff, "block " + i);
        }
    }
}
