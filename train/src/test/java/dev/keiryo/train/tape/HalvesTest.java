package dev.keiryo.train.tape;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.kernel.Workers;
import dev.keiryo.quantize.Quantizer;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what writes BF16 into files. */
class HalvesTest {
    private static final float[] SPECIAL = {
        0,
        -0f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MAX_VALUE,
        Float.MIN_VALUE,
        1 + 0x1p-8f,
        1 + 3 * 0x1p-8f,
        -1 - 0x1p-8f,
        1 + 0x1.8p-8f,
        0x1.fep127f,
        0x1p-133f,
        3e-39f
    };

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 31, 32, 33, 64, 95, 97, 1001, 100_003})
    void roundsToTheNearest(int n) {
        Random random = new Random(n);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = i % 3 == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : Float.intBitsToFloat(random.nextInt());
        }
        short[] expected = new short[n];
        try (Arena arena = Arena.ofShared();
                Workers workers = new Workers(3)) {
            MemorySegment file = arena.allocate(2L * n, 64);
            requireNonNull(Quantizer.of(TensorType.BF16)).encode(values, 0, n, file, 0);
            MemorySegment.copy(file, ValueLayout.JAVA_SHORT_UNALIGNED, 0, expected, 0, n);
            int canary = 0x5A5A5A5A;
            MemorySegment words = arena.allocate(4L * Halves.words(n) + 4, 64);
            words.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * Halves.words(n), canary);
            MemorySegment back = arena.allocate(4L * n + 4, 64);
            back.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * n, canary);
            MemorySegment given = arena.allocate(4L * n, 64);
            MemorySegment.copy(values, 0, given, Matrix.F32, 0, n);
            Halves.narrow(workers, new Matrix(given, 1, n), words);
            Halves.widen(workers, words, new Matrix(back, 1, n));
            for (int i = 0; i < n; i++) {
                float found = back.getAtIndex(Matrix.F32, i);
                float e = Float.intBitsToFloat(expected[i] << 16);
                assertEquals(e, found, 0, "number " + i + ", " + values[i]);
                assertEquals(e, Halves.rounded(values[i]), 0, "number " + i);
            }
            assertEquals(canary, words.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * Halves.words(n)));
            assertEquals(canary, back.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * n));
        }
    }
}
