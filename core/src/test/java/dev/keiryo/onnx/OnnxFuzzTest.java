package dev.keiryo.onnx;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as ONNX files: accepted or refused with FormatException, nothing else. */
class OnnxFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void reads(byte[] file) {
        try {
            SmallOnnx.read(file);
        } catch (FormatException e) {
            return;
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.of(SmallOnnx.file());
    }
}
