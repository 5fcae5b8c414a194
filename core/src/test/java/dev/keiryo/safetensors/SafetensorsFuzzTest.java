package dev.keiryo.safetensors;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as safetensors files: accepted or refused with FormatException, nothing else. */
class SafetensorsFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void reads(byte[] file) throws IOException {
        try {
            SmallSafetensors.read(file);
        } catch (FormatException e) {
            return;
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.of(SmallSafetensors.bytes());
    }
}
