package dev.keiryo.train.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DynamicCodeTest {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void findsTheNearest(boolean signed) {
        DynamicCode code = signed ? DynamicCode.SIGNED : DynamicCode.UNSIGNED;
        float[] values = code.values();
        Random random = new Random(6);
        for (int i = 0; i < 300_000; i++) {
            float x = (float) Math.pow(10, -9 * random.nextDouble());
            if (i < 256) {
                x = Math.abs(values[i]);
            } else if (i < 511) {
                x = Math.abs(values[i - 256] + values[i - 255]) / 2;
            }
            x = signed && random.nextBoolean() ? -x : x;
            float found = values[code.nearest(x)];
            double least = Double.POSITIVE_INFINITY;
            for (float v : values) {
                if (signed || v > 0 || x == 0) {
                    least = Math.min(least, Math.abs((double) x - v));
                }
            }
            assertEquals(least, Math.abs((double) x - found), 1e-6 * Math.abs(x), x + " became " + found);
        }
    }

    @Test
    void blocksHaveScalesOfTheirOwn() {
        try (Arena arena = Arena.ofConfined()) {
            int n = 3 * DynamicCode.BLOCK + 5;
            MemorySegment in = arena.allocate(4L * n);
            MemorySegment out = arena.allocate(4L * n);
            MemorySegment codes = arena.allocate(256 + n);
            MemorySegment scales = arena.allocate(4L * 5);
            Random random = new Random(8);
            for (int i = 0; i < n; i++) {
                int block = i / DynamicCode.BLOCK;
                double size = block == 1 ? 0 : Math.pow(1e-9, block);
                in.setAtIndex(Matrix.F32, i, (float) (random.nextGaussian() * size));
            }
            DynamicCode.SIGNED.encode(in, codes, scales, 256, n);
            DynamicCode.SIGNED.decode(codes, scales, 256, n, out);
            for (int b = 0; b < 4; b++) {
                float largest = scales.getAtIndex(Matrix.F32, b + 1);
                for (int i = 256 * b; i < Math.min(n, 256 * (b + 1)); i++) {
                    assertEquals(in.getAtIndex(Matrix.F32, i), out.getAtIndex(Matrix.F32, i), 0.0072 * largest);
                }
            }
        }
    }

    @Test
    void secondMomentsAreNeverRoundedToZero() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocate(4L * 3);
            in.setAtIndex(Matrix.F32, 0, 1f);
            in.setAtIndex(Matrix.F32, 1, 1e-30f);
            MemorySegment codes = arena.allocate(3);
            MemorySegment scales = arena.allocate(4);
            MemorySegment out = arena.allocate(4L * 3);
            DynamicCode.UNSIGNED.encode(in, codes, scales, 0, 3);
            DynamicCode.UNSIGNED.decode(codes, scales, 0, 3, out);
            assertEquals(1, out.getAtIndex(Matrix.F32, 0));
            assertTrue(out.getAtIndex(Matrix.F32, 1) > 0);
            assertEquals(0, out.getAtIndex(Matrix.F32, 2));
        }
    }
}
