package dev.keiryo.llama2c;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.PromptFile;
import dev.keiryo.engine.Sequence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as a kept prompt of a small model: accepted or refused with FormatException, nothing else. */
class PromptFileFuzzTest {
    private static final Engine ENGINE = open();

    private static Engine open() {
        try {
            Path model = Files.createTempFile("keiryo", ".bin");
            Files.write(model, SmallLlama2c.version0(true));
            model.toFile().deleteOnExit();
            return Engine.open(Checkpoints.open(model), EngineOptions.defaults().withThreads(1));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void reads(byte[] file) throws IOException {
        Path path = Files.createTempFile("keiryo", ".prompt");
        try {
            Files.write(path, file);
            PromptFile.read(ENGINE, path).close();
        } catch (FormatException e) {
            return;
        } finally {
            Files.delete(path);
        }
    }

    static Stream<byte[]> seeds() throws IOException {
        Path path = Files.createTempFile("keiryo", ".prompt");
        try (Sequence sequence = ENGINE.newSequence(3)) {
            ENGINE.forward(Batch.of(sequence, new int[] {1, 2}, Batch.Output.LAST));
            PromptFile.write(ENGINE, sequence, path);
            return Stream.of(Files.readAllBytes(path));
        } finally {
            Files.delete(path);
        }
    }
}
