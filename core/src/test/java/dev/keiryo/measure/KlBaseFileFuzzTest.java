package dev.keiryo.measure;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as a file of predictions: accepted or refused with FormatException, nothing else. */
class KlBaseFileFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void reads(byte[] file) throws IOException {
        Path path = Files.createTempFile("keiryo", ".kld");
        try {
            Files.write(path, file);
            KlBaseFileTest.readAll(path);
        } catch (FormatException e) {
            return;
        } finally {
            Files.delete(path);
        }
    }

    static Stream<byte[]> seeds() throws IOException {
        try (InputStream in = KlBaseFileFuzzTest.class.getResourceAsStream("stories260K-f32.kld")) {
            return Stream.of(Objects.requireNonNull(in).readAllBytes());
        }
    }
}
