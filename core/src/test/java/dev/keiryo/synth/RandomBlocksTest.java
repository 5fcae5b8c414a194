package dev.keiryo.synth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.tensor.NestedScales;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RandomBlocksTest {
    static Stream<TensorType> types() {
        return Arrays.stream(TensorType.values()).filter(RandomBlocks::make);
    }

    /** Types whose scales are a tensor of their own come with those of the deviation. */
    private static void decode(TensorType type, double std, MemorySegment data, float[] values) {
        NestedScales scales =
                type.isNested() ? RandomBlocks.nestedScales(type, std, data.byteSize() / type.blockBytes()) : null;
        new Weight("w", type, new long[] {values.length}, data, scales).decode(0, values, 0, values.length);
    }

    /** Deviations of matrices with 16 to 65536 inputs; the last scales of float16 have few bits. */
    @ParameterizedTest
    @MethodSource("types")
    void blocksHaveTheDeviationAskedFor(TensorType type) {
        int blocks = (1 << 17) / type.blockSize();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate((long) blocks * type.blockBytes());
            float[] values = new float[blocks * type.blockSize()];
            for (double std = 0.25; std > 1.0 / 300; std *= 0.83) {
                RandomBlocks.fill(type, new RandomBits(1, "w", 0), std, data, blocks);
                decode(type, std, data, values);
                double sum = 0;
                double squares = 0;
                for (float v : values) {
                    sum += v;
                    squares += (double) v * v;
                }
                assertEquals(1, Math.sqrt(squares / values.length) / std, 0.03, type + " of deviation " + std);
                assertEquals(0, sum / values.length / std, 0.02, type + " of deviation " + std + ": mean");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void nothingIsWrittenBehindTheBlocks(TensorType type) {
        try (Arena arena = Arena.ofConfined()) {
            for (int blocks = 1; blocks <= 9; blocks++) {
                long bytes = (long) blocks * type.blockBytes();
                MemorySegment data = arena.allocate(bytes + 16).fill((byte) 0x5A);
                RandomBlocks.fill(type, new RandomBits(1, "w", 0), 0.1, data, blocks);
                for (long at = bytes; at < bytes + 16; at++) {
                    assertEquals(0x5A, data.get(ValueLayout.JAVA_BYTE, at), type + ", " + blocks + " blocks");
                }
                float[] values = new float[blocks * type.blockSize()];
                decode(type, 0.1, data.asSlice(0, bytes), values);
                float[] last = Arrays.copyOfRange(values, values.length - type.blockSize(), values.length);
                assertTrue(last[0] != last[1] || last[1] != last[2] || last[2] != last[3], "the last block is filled");
            }
        }
    }

    /** Against moments of the normal distribution, and one tail that tables give: P(|x| > 2) = 4.55 %. */
    @Test
    void theNormalTableIsNormal() {
        int n = 1 << 20;
        float[] values = new float[n + 3];
        Arrays.fill(values, n, n + 3, 9);
        NormalTable.fill(new RandomBits(5, "w", 0), 0.5f, values, n);
        double[] moments = new double[5];
        int beyond = 0;
        for (int i = 0; i < n; i++) {
            double x = values[i] / 0.5;
            for (int m = 1; m < 5; m++) {
                moments[m] += Math.pow(x, m) / n;
            }
            beyond += Math.abs(x) > 2 ? 1 : 0;
        }
        assertEquals(0, moments[1], 0.005);
        assertEquals(1, moments[2], 0.01);
        assertEquals(0, moments[3], 0.02);
        assertEquals(3, moments[4], 0.05);
        assertEquals(0.0455, (double) beyond / n, 0.001);
        for (int i = 0; i < 3; i++) {
            assertEquals(9, values[n + i]);
        }
    }

    @Test
    void streamsOfDifferentTensorsAndPartsDiffer() {
        RandomBits a = new RandomBits(1, "a", 0);
        for (RandomBits other :
                new RandomBits[] {new RandomBits(1, "b", 0), new RandomBits(1, "a", 1), new RandomBits(2, "a", 0)}) {
            assertFalse(a.next() == other.next());
        }
    }
}
