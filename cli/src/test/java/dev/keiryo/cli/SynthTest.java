package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code keiryo synth}, and its shapes wherever they are asked for. */
class SynthTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void synthWritesAModelOfItsNumbers() throws IOException {
        Path file = folder.resolve("synthetic.gguf");
        Output output = done("synth", "Tiny", file.toString(), "--type", "Q4_K_M", "--layers", "1", "--vocab", "300");
        assertEquals(file.toString(), output.out().strip());
        assertTrue(output.err().contains("100%"), output.err());
        try (Checkpoint c = Checkpoints.open(file)) {
            assertEquals(1, c.metadata().integer("llama.block_count"));
            assertEquals(300, c.weight("token_embd.weight").rows());
        }
        assertTrue(done("run", file.toString(), "-p", "hello", "-n", "4", "--quiet")
                .out()
                .startsWith("hello"));
        byte[] before = Files.readAllBytes(file);
        done("synth", "tiny", file.toString(), "--type", "q4_k_m", "--layers", "1", "--vocab", "300", "--seed", "2");
        assertFalse(Arrays.equals(before, Files.readAllBytes(file)), "another seed");
    }

    @Test
    void unknownShapesAndTypesAreAnsweredByTheKnown() {
        for (String[] args : List.of(
                new String[] {"synth", "huge", folder + "/x.gguf", "--type", "q8_0"},
                new String[] {"bench", "--shape", "huge", "--type", "q8_0"})) {
            Output output = keiryo(args);
            assertEquals(2, output.exit());
            assertTrue(output.err().contains("no shape huge; there are llama-3.2-1b, "), output.err());
        }
        Output output = keiryo("synth", "tiny", folder + "/x.gguf", "--type", "q9");
        assertEquals(2, output.exit());
        assertTrue(output.err().contains("no type q9; there are f32, f16, "), output.err());
        assertFalse(Files.exists(folder.resolve("x.gguf")));
    }
}
