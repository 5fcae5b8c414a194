package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.engine.EngineOptions.Packing;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.kernel.VectorKernels;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packed weights beside the model: written once, mapped from then on, and never taken from another model. */
class PanelFileTest {
    private static final int[] PROMPT = {1, 5, 9, 2, 40, 7};

    @TempDir
    private Path folder;

    private Path model;
    private Path panels;

    @BeforeEach
    void copyModel() throws IOException {
        model = folder.resolve("m.gguf");
        panels = folder.resolve("m.gguf.panels");
        Files.copy(TestData.path("golden/architectures/llama-gqa.gguf"), model);
    }

    @Test
    void theNextEngineMapsWhatTheFirstPacked() throws IOException {
        float[] expected = logits(model, Packing.NEVER);
        assertFalse(Files.exists(panels));
        assertArrayEquals(expected, logits(model, Packing.CACHED));
        assertTrue(Files.exists(panels));
        FileTime past = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(panels, past);
        assertArrayEquals(expected, logits(model, Packing.CACHED));
        assertEquals(past, Files.getLastModifiedTime(panels));
        try (var files = Files.list(folder)) {
            assertEquals(2, files.count());
        }
    }

    @Test
    void theMappedPanelsAreWhatIsUsed() throws IOException {
        float[] expected = logits(model, Packing.CACHED);
        byte[] all = Files.readAllBytes(panels);
        for (int i = 4096; i < all.length; i++) {
            all[i] = 0;
        }
        Files.write(panels, all);
        assertNotEquals(expected[0], logits(model, Packing.CACHED)[0]);
    }

    @Test
    void aFileOfAnotherModelOrLengthIsReplaced() throws IOException {
        float[] expected = logits(model, Packing.CACHED);
        byte[] right = Files.readAllBytes(panels);
        byte[] other = right.clone();
        other[3] ^= 1;
        Files.write(panels, other);
        assertArrayEquals(expected, logits(model, Packing.CACHED));
        assertArrayEquals(right, Files.readAllBytes(panels));
        Files.write(panels, java.util.Arrays.copyOf(right, right.length - 1));
        assertArrayEquals(expected, logits(model, Packing.CACHED));
        assertArrayEquals(right, Files.readAllBytes(panels));
    }

    @Test
    void aPlaceThatCannotBeWrittenIsNoError() throws IOException {
        float[] expected = logits(model, Packing.ALWAYS);
        Files.createDirectory(panels);
        assertArrayEquals(expected, logits(model, Packing.CACHED));
    }

    private static float[] logits(Path file, Packing packing) throws IOException {
        try (Engine engine = Engine.open(
                        Gguf.open(file),
                        EngineOptions.defaults()
                                .withKernels(new VectorKernels())
                                .withThreads(1)
                                .withPacking(packing));
                Sequence sequence = engine.newSequence(PROMPT.length)) {
            Matrix result = engine.forward(Batch.of(sequence, PROMPT, Batch.Output.LAST));
            float[] row = new float[result.cols()];
            for (int i = 0; i < row.length; i++) {
                row[i] = result.get(0, i);
            }
            return row;
        }
    }
}
