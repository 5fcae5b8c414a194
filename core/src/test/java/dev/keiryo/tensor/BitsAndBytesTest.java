package dev.keiryo.tensor;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    /**
     * What a million normal weights lose, as {@code mean |w - w'|} and {@code mean |w - w'|/(|w| + 1e-8)}: bitsandbytes' own averages over
     * a thousand such matrices (tests/test_functional.py, {@code error_dict}, blocks of 64). An integral over the
     * distribution of a block's largest magnitude, {@code ∫ 64·F(m)^63·f(m)·63/64·E[|x - m·q(x/m)| : |x| < m] dm}, gives the same, and
     * {@code mean (w - w')²} too. Double quantization costs next to nothing.
     */
    @ParameterizedTest
    @CsvSource({
        "NF4, 0.072792, 0.203299, 0.0084600, 2e-4",
        "NF4_DQ, 0.072792, 0.203299, 0.0084600, 5e-4",
        "FP4, 0.096545, 0.260130, 0.0148705, 2e-4",
        "FP4_DQ, 0.096545, 0.260130, 0.0148705, 5e-4"
    })
    void normalWeightsLoseWhatBitsandbytesRecords(
            TensorType type, double absolute, double relative, double square, double bound) {
        Random random = new Random(1);
        float[] weights = new float[1024 * 1024];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        float[] read = through(type, weights);
        double sum = 0;
        double ratios = 0;
        double squares = 0;
        for (int i = 0; i < weights.length; i++) {
            double error = Math.abs(weights[i] - read[i]);
            sum += error;
            ratios += error / (Math.abs(weights[i]) + 1e-8);
            squares += error * error;
        }
        assertEquals(absolute, sum / weights.length, bound);
        assertEquals(relative, ratios / weights.length, 3 * bound);
        assertEquals(square, squares / weights.length, bound / 4);
    }

    /** Encoded and decoded. */
    private static float[] through(TensorType type, float[] weights) {
        float[] read = new float[weights.length];
        MemorySegment blocks = MemorySegment.ofArray(new byte[(int) type.bytes(weights.length)]);
        if (type == TensorType.NF4 || type == TensorType.FP4) {
            requireNonNull(Codecs.encoder(type)).encode(weights, 0, weights.length, blocks, 0);
            Codecs.require(type).decode(blocks, 0, read, 0, read.length);
            return read;
        }
        float[] absmax = new float[weights.length / 64];
        NestedScales.absmax(weights, weights.length, absmax, 0);
        byte[] codes = new byte[absmax.length];
        NestedScales scales = NestedScales.of(absmax, codes);
        scales.encode(type, weights, weights.length, 0, codes, blocks);
        for (int b = 0; b < absmax.length; b++) {
            float largest = scales.absmax(b, BlockCodec.unsigned(blocks, 33L * b));
            Absmax4.values(Absmax4.book(type), blocks, 33L * b + 1, largest, read, 64 * b);
        }
        return read;
    }
}
