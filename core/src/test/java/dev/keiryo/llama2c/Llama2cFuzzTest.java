package dev.keiryo.llama2c;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as llama2.c checkpoints: accepted or refused with FormatException, nothing else. */
class Llama2cFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void reads(byte[] file) throws IOException {
        try {
            SmallLlama2c.read(file);
        } catch (FormatException e) {
            return;
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.of(SmallLlama2c.versioned(true, 0), SmallLlama2c.versioned(false, 32));
    }
}
