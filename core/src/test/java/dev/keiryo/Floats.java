package dev.keiryo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Raw float32 files and distances, for tests. */
public final class Floats {
    private Floats() {}

    /** All of a raw little-endian float32 file. */
    public static float[] read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        float[] out = new float[bytes.remaining() / 4];
        bytes.asFloatBuffer().get(out);
        return out;
    }

    /** {@code √(Σ(a-b)² / Σb²)}; NaN where a number is not finite, which no bound accepts. */
    public static double relativeRms(float[] actual, float[] expected) {
        if (actual.length != expected.length) {
            throw new AssertionError(actual.length + " numbers instead of " + expected.length);
        }
        double error = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            error += ((double) actual[i] - expected[i]) * ((double) actual[i] - expected[i]);
            norm += (double) expected[i] * expected[i];
        }
        return Math.sqrt(error / norm);
    }
}
