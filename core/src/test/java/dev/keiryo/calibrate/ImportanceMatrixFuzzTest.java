package dev.keiryo.calibrate;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as an importance matrix of either form: accepted or refused with FormatException, nothing else. */
class ImportanceMatrixFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void reads(byte[] file) throws IOException {
        Path path = Files.createTempFile("keiryo", ".imatrix");
        try {
            Files.write(path, file);
            ImportanceMatrix matrix = ImportanceMatrix.read(path);
            matrix.entries().forEach(e -> matrix.of(e.tensor()));
        } catch (FormatException e) {
            return;
        } finally {
            Files.delete(path);
        }
    }

    static Stream<byte[]> seeds() throws IOException {
        Path path = Files.createTempFile("keiryo", ".gguf");
        try {
            ImportanceMatrix.Entry entry =
                    new ImportanceMatrix.Entry("blk.0.attn_q.weight", new float[] {1, 2, 3}, new float[] {2});
            new ImportanceMatrix(List.of(entry), List.of("text"), 1, 8).write(path);
            return Stream.of(ImportanceMatrixTest.llamaCpps(), Files.readAllBytes(path));
        } finally {
            Files.delete(path);
        }
    }
}
