package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.file.MappedFile;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.Synthesizer;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With too little memory, weights come and go, and results stay what they were. */
final class WeightPagingTest {
    @TempDir
    private Path folder;

    @Test
    void streamedWeightsGiveTheSameLogits() throws IOException {
        // an embedding of several stretches, its last one in part
        ModelShape shape = Objects.requireNonNull(ModelShapes.find("tiny")).with(0, 0, 0, 0, 0, 40_001, 0);
        Path file = folder.resolve("wide.gguf");
        Synthesizer.write(shape, Recipe.F32, 1, file, 2, (tensor, done, total) -> {});
        List<Float> wanted = logits(file, EngineOptions.UNLIMITED);
        assertEquals(wanted, logits(file, 1)); // nothing stays
        assertEquals(wanted, logits(file, 1L << 40)); // everything does
    }

    private static List<Float> logits(Path file, long memory) throws IOException {
        List<Float> all = new ArrayList<>();
        try (Engine engine = Engine.open(
                        Checkpoints.open(file), EngineOptions.defaults().withMemory(memory));
                Sequence text = engine.newSequence(40)) {
            for (int[] ids : new int[][] {{3, 40_000, 7}, {11}, {12}}) {
                Matrix logits = engine.forward(Batch.of(text, ids, Batch.Output.LAST));
                for (int i = 0; i < logits.cols(); i++) {
                    all.add(logits.data().get(Matrix.F32, logits.rowOffset(0) + 4L * i));
                }
            }
        }
        return all;
    }

    @Test
    void releasedPagesAreReadAgain() throws IOException {
        Path file = folder.resolve("bytes");
        byte[] bytes = new byte[1 << 20];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ((i * 31) >> 8);
        }
        Files.write(file, bytes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mapped = MappedFile.map(file, arena);
            assertTrue(mapped.mismatch(MemorySegment.ofArray(bytes)) < 0);
            MappedFile.release(mapped.asSlice(100_001));
            assertTrue(mapped.mismatch(MemorySegment.ofArray(bytes)) < 0);

            MemorySegment own = arena.allocate(1 << 20);
            own.fill((byte) 7);
            MappedFile.release(own); // no file's: must stay
            assertEquals(7, own.get(ValueLayout.JAVA_BYTE, 500_000));
        }
    }
}
