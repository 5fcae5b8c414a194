package dev.keiryo.train.scaling;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as a scaling law: accepted or refused with FormatException; what is accepted has an optimum. */
class LawFileFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void reads(byte[] bytes) {
        try {
            LawFile.parse("fuzz", bytes).optimum(1e18);
        } catch (FormatException e) {
            return;
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.of(
                        "{\"law\":{\"E\":1.69,\"A\":406.4,\"B\":410.7,\"alpha\":0.34,\"beta\":0.28}}",
                        "{\"law\":{\"E\":1e999,\"A\":-1,\"B\":null,\"alpha\":[],\"beta\":{}}}",
                        "[[[[",
                        "")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }
}
