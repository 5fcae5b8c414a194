package dev.keiryo.quantize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.kernel.LaneSums;
import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.BlockCodes;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QuantizerTest {
    static Stream<TensorType> types() {
        return Arrays.stream(TensorType.values()).filter(type -> Quantizer.of(type) instanceof Quantizer);
    }

    /** Of each type and kind of weights: the error is at most that of llama.cpp's quantizer, with importance and without. */
    @Test
    void errorsAreAtMostThoseOfLlamaQuantize() throws IOException {
        String table;
        try (InputStream in =
                Objects.requireNonNull(QuantizerTest.class.getResourceAsStream("llama-quantize-errors.txt"))) {
            table = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        float[] importance = SampleWeights.repeated(SampleWeights.importance());
        float[] equal = new float[importance.length];
        Arrays.fill(equal, 1);
        int lines = 0;
        for (String line : table.lines().filter(l -> !l.startsWith("#")).toList()) {
            String[] f = line.split(" ", -1);
            float[] x = SampleWeights.of(f[1]);
            Quantizer quantizer = (Quantizer) Objects.requireNonNull(Quantizer.of(TensorType.valueOf(f[0])));
            double plain = SampleWeights.error(x, recoded(quantizer, x, null), equal);
            double weighted = SampleWeights.error(x, recoded(quantizer, x, importance), importance);
            assertTrue(plain <= Double.parseDouble(f[2]), line + ", but here " + plain);
            assertTrue(weighted <= Double.parseDouble(f[3]), line + ", but here weighted " + weighted);
            lines++;
        }
        assertEquals(3 * types().count(), lines);
    }

    private static float[] recoded(Quantizer quantizer, float[] x, float @Nullable [] importance) {
        TensorType type = quantizer.codec.type();
        MemorySegment out = MemorySegment.ofArray(new byte[(int) type.bytes(x.length)]);
        quantizer.encode(x, 0, x.length, importance, out, 0);
        float[] y = new float[x.length];
        quantizer.codec.decode(out, 0, y, 0, y.length);
        return y;
    }

    /** Any codes that a format can hold are read back as they were packed. */
    @ParameterizedTest
    @MethodSource("types")
    void packingIsTheInverseOfReading(TensorType type) {
        BlockCodec codec = Objects.requireNonNull(Codecs.block(type));
        Random random = new Random(3);
        int size = type.blockSize();
        byte[] bytes = new byte[type.blockBytes()];
        for (int n = 0; n < 50; n++) {
            byte[] block = new byte[type.blockBytes()];
            random.nextBytes(block);
            BlockCodes codes = unpacked(type, block);
            codec.pack(codes, MemorySegment.ofArray(bytes), 0);
            float[] expected = new float[size];
            float[] actual = new float[size];
            codec.decode(MemorySegment.ofArray(block), 0, expected, 0, size);
            codec.decode(MemorySegment.ofArray(bytes), 0, actual, 0, size);
            assertArrayEquals(expected, actual, type::label);
        }
    }

    /** The codes of a block, from what the codec reads of it with the factors that were put in as 1 and 0 in turn. */
    private static BlockCodes unpacked(TensorType type, byte[] block) {
        BlockCodec codec = Objects.requireNonNull(Codecs.block(type));
        BlockCodes codes = new BlockCodes();
        int d = offsetOfD(type);
        MemorySegment data = MemorySegment.ofArray(block);
        // Small factors that float16 holds.
        data.set(BlockCodec.I16, d, Float.floatToFloat16(0.5f));
        codes.d = 0.5f;
        if (codec.hasOffset()) {
            data.set(BlockCodec.I16, d + 2, Float.floatToFloat16(0.25f));
            codes.m = 0.25f;
        }
        boolean runs = type.blockSize() > 32;
        int lowest = switch (type) {
            case Q6_K -> -128;
            case Q3_K, IQ4_XS -> -32;
            default -> 0;
        };
        for (int r = 0; runs && r < type.blockSize() / codec.run(); r++) {
            codes.scales[r] = Math.round(codec.scale(data, 0, r) / 0.5f) - lowest;
            codes.minima[r] = Math.round(-codec.offset(data, 0, r) / 0.25f);
        }
        int[] part = new int[32];
        for (int p = 0; p < type.blockSize() / 32; p++) {
            codec.quants(data, 0, p, part);
            for (int i = 0; i < 32; i++) {
                codes.quants[32 * p + i] = type == TensorType.IQ4_NL || type == TensorType.IQ4_XS
                        ? Quantizer.IQ4.code(part[i] - 128f)
                        : part[i];
            }
        }
        return codes;
    }

    private static int offsetOfD(TensorType type) {
        return switch (type) {
            case Q2_K -> 80;
            case Q3_K -> 108;
            case Q6_K -> 208;
            default -> 0;
        };
    }

    @ParameterizedTest
    @MethodSource("types")
    void vectorsMeasureAsTheDefinitionDoes(TensorType type) {
        measuresAsTheDefinitionDoes(type, false);
        if (LaneSums.isPossible()) {
            measuresAsTheDefinitionDoes(type, true);
        }
    }

    private static void measuresAsTheDefinitionDoes(TensorType type, boolean emitted) {
        BlockCodec codec = Objects.requireNonNull(Codecs.block(type));
        Grid grid = codec.type() == TensorType.IQ4_NL ? Quantizer.IQ4 : new Grid.Uniform(-8, 7);
        Lanes plain = new Lanes(codec.run(), grid);
        Lanes fast = emitted ? new EmittedLanes(codec.run(), grid) : new VectorLanes(codec.run(), grid);
        float[] x = SampleWeights.of("heavy");
        float[] w = SampleWeights.repeated(SampleWeights.importance());
        float[] inverse = new float[Lanes.COUNT];
        float[] shift = new float[Lanes.COUNT];
        Random random = new Random(4);
        for (int l = 0; l < Lanes.COUNT; l++) {
            inverse[l] = (float) (random.nextGaussian() * 1000);
            shift[l] = (float) (random.nextGaussian() * 0.01);
        }
        for (int n = 0; n < 6; n++) {
            int lanes = n % 3 == 0 ? 3 : Lanes.COUNT;
            float @Nullable [] importance = n % 2 == 0 ? w : null;
            plain.load(x, 5 * n, importance, lanes);
            fast.load(x, 5 * n, importance, lanes);
            for (int l = 0; l < lanes; l++) {
                assertEquals(plain.weight[l], fast.weight[l]);
                assertEquals(plain.linear[l], fast.linear[l]);
                assertEquals(plain.square[l], fast.square[l]);
            }
            plain.measure(inverse, shift);
            fast.measure(inverse, shift);
            float[][] least = new float[2][Lanes.COUNT];
            float[][] most = new float[2][Lanes.COUNT];
            float[][] gain = new float[2][Lanes.COUNT];
            float[][] scale = new float[2][Lanes.COUNT];
            float[][] minimum = new float[2][Lanes.COUNT];
            float[][][] withMinimum = new float[2][][];
            int[][] codes = new int[2][Lanes.COUNT * codec.run()];
            for (int i = 0; i < 2; i++) {
                Lanes of = i == 0 ? plain : fast;
                of.range(least[i], most[i]);
                Arrays.fill(gain[i], plain.xt[0] * plain.xt[0] / plain.tt[0]);
                of.takeBetter(gain[i], scale[i]);
                float[] scales = new float[Lanes.COUNT];
                float[] gains = new float[Lanes.COUNT];
                of.takeBetter(gains, scales, minimum[i]);
                withMinimum[i] = new float[][] {gains, scales};
                of.codes(inverse, shift, codes[i]);
            }
            for (int l = 0; l < lanes; l++) {
                assertEquals(plain.t[l], fast.t[l]);
                assertEquals(plain.tt[l], fast.tt[l]);
                assertEquals(plain.xt[l], fast.xt[l]);
                assertEquals(least[0][l], least[1][l]);
                assertEquals(most[0][l], most[1][l]);
                assertEquals(gain[0][l], gain[1][l]);
                assertEquals(scale[0][l], scale[1][l]);
                assertEquals(minimum[0][l], minimum[1][l]);
                assertEquals(withMinimum[0][0][l], withMinimum[1][0][l]);
                assertEquals(withMinimum[0][1][l], withMinimum[1][1][l]);
            }
            assertArrayEquals(codes[0], codes[1]);
            float[][][] tried = new float[2][5][Lanes.COUNT];
            for (int i = 0; i < 2; i++) {
                Lanes of = i == 0 ? plain : fast;
                of.tryAll(new float[] {-8.3f, 7, 6.1f}, inverse, shift, tried[i][0], tried[i][1]);
                of.tryAll(new float[] {15, 0.3f}, inverse, shift, tried[i][2], tried[i][3], tried[i][4]);
            }
            for (int a = 0; a < 5; a++) {
                assertArrayEquals(Arrays.copyOf(tried[0][a], lanes), Arrays.copyOf(tried[1][a], lanes));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void anyLengthInAnyPlaceGivesTheSameBlocks(TensorType type) {
        Quantizer quantizer = (Quantizer) Objects.requireNonNull(Quantizer.of(type));
        float[] x = SampleWeights.of("normal");
        int n = 37 * type.blockSize();
        byte[] whole = new byte[(int) type.bytes(n)];
        quantizer.encode(x, 0, n, MemorySegment.ofArray(whole), 0);
        byte[] pieces = new byte[whole.length + 3];
        Arrays.fill(pieces, (byte) 0x5a);
        for (int block = 0; block < 37; block += 5) {
            int blocks = Math.min(5, 37 - block);
            quantizer.encode(
                    x,
                    block * type.blockSize(),
                    blocks * type.blockSize(),
                    MemorySegment.ofArray(pieces),
                    1 + (long) block * type.blockBytes());
        }
        assertArrayEquals(whole, Arrays.copyOfRange(pieces, 1, 1 + whole.length));
        assertEquals(0x5a, pieces[0]);
        assertEquals(0x5a, pieces[whole.length + 1]);
        assertThrows(
                IllegalArgumentException.class,
                () -> quantizer.encode(x, 0, type.blockSize() - 1, MemorySegment.ofArray(whole), 0));
    }

    /** Zeros stay zeros; constants, one large weight, and numbers near the ends of float16 stay finite and near. */
    @ParameterizedTest
    @MethodSource("types")
    void extremesAreKept(TensorType type) {
        Quantizer quantizer = (Quantizer) Objects.requireNonNull(Quantizer.of(type));
        int n = type.blockSize();
        float[] zeros = new float[n];
        assertArrayEquals(zeros, recoded(quantizer, zeros, null));
        for (float size : new float[] {1, -1, 1e-3f, 3e4f, 1e-7f, 1e30f, Float.MIN_VALUE}) {
            float[] constant = new float[n];
            Arrays.fill(constant, size);
            float[] one = new float[n];
            one[n / 2] = size;
            for (float[] x : new float[][] {constant, one}) {
                float[] y = recoded(quantizer, x, null);
                for (int i = 0; i < n; i++) {
                    assertTrue(Float.isFinite(y[i]), type + " of " + size);
                    if (Math.abs(size) >= 1e-3f && Math.abs(size) <= 3e4f) {
                        assertEquals(x[i], y[i], 0.04 * Math.abs(size), type + " of " + size);
                    }
                }
            }
        }
        float[] noImportance = new float[n];
        float[] x = Arrays.copyOf(SampleWeights.of("normal"), n);
        for (float y : recoded(quantizer, x, noImportance)) {
            assertTrue(Float.isFinite(y));
        }
    }

    @Test
    void everyTypeThatLlamaQuantizeWritesCanBeWritten() {
        for (Recipe recipe : Recipe.values()) {
            if (recipe != Recipe.MXFP4 && !recipe.type().isNested() && recipe != Recipe.INT8_ZERO) {
                assertNotNull(Quantizer.of(recipe.type()), recipe::label);
            }
        }
    }
}
