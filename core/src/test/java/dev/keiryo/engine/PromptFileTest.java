package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import dev.keiryo.cache.KvType;
import dev.keiryo.gguf.Gguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptFileTest {
    private static final int[] TEXT = new Random(3).ints(300, 0, 500).toArray();

    @TempDir
    private Path folder;

    private static Engine open(String model, EngineOptions options) throws IOException {
        return Engine.open(Gguf.open(TestData.path("golden/architectures/" + model + ".gguf")), options);
    }

    private static EngineOptions options(KvType type, boolean rotation) {
        return EngineOptions.defaults()
                .withKvType(type)
                .withKvRotation(rotation)
                .withPrefixMemory(1L << 30);
    }

    private static float[] feed(Engine engine, Sequence sequence, int from, int to) {
        return engine.forward(new Batch().add(sequence, TEXT, from, to, Batch.Output.LAST))
                .toArray(0);
    }

    private Path written(String model, EngineOptions options, int length) throws IOException {
        Path path = folder.resolve(model + ".prompt");
        try (Engine engine = open(model, options);
                Sequence sequence = engine.newSequence(300)) {
            for (int at = 0; at < length; at += 50) {
                feed(engine, sequence, at, Math.min(length, at + 50));
            }
            PromptFile.write(engine, sequence, path);
        }
        return path;
    }

    /** Another engine goes on with the same bits. */
    @ParameterizedTest
    @CsvSource({"llama-gqa,F32,false,1", "llama-gqa,Q4_0,true,64", "gemma2,Q8_0,false,200", "gemma3,BF16,false,250"})
    void goesOnWhereItStopped(String model, KvType type, boolean rotation, int length) throws IOException {
        EngineOptions options = options(type, rotation);
        Path path = written(model, options, length);
        try (Engine engine = open(model, options)) {
            float[] expected;
            try (Sequence alone = engine.newSequence(300)) {
                expected = feed(engine, alone, 0, 280);
            }
            try (Sequence sequence = PromptFile.read(engine, path)) {
                assertArrayEquals(Arrays.copyOf(TEXT, length), sequence.tokens());
                assertArrayEquals(expected, feed(engine, sequence, length, 280));
            }
            assertEquals(0, engine.pool().used());
            assertEquals(length, engine.restore(path));
            try (Sequence sequence = engine.newSequence(300)) {
                assertEquals(length, engine.recall(sequence, TEXT));
                assertArrayEquals(expected, feed(engine, sequence, length, 280));
            }
        }
    }

    @Test
    void refusesWhatIsNotItsOwn() throws IOException {
        Path path = written("llama-gqa", options(KvType.F16, false), 100);
        for (EngineOptions other : new EngineOptions[] {
            options(KvType.BF16, false),
            options(KvType.F16, true),
            options(KvType.F16, false).withActivations(ActivationType.F32)
        }) {
            try (Engine engine = open("llama-gqa", other)) {
                FormatException e = assertThrows(FormatException.class, () -> PromptFile.read(engine, path));
                assertTrue(String.valueOf(e.getMessage()).contains("--kv"), e.getMessage());
            }
        }
        // The same shapes, another model.
        try (Engine engine = open("llama-rope-yarn", options(KvType.F16, false))) {
            FormatException e = assertThrows(FormatException.class, () -> PromptFile.read(engine, path));
            assertTrue(String.valueOf(e.getMessage()).contains("another model"), e.getMessage());
        }
    }

    @Test
    void refusesWhatIsDamaged() throws IOException {
        Path path = written("llama-gqa", options(KvType.Q8_0, false), 70);
        byte[] good = Files.readAllBytes(path);
        Random random = new Random(1);
        try (Engine engine = open("llama-gqa", options(KvType.Q8_0, false))) {
            for (int i = 0; i < 60; i++) {
                byte[] bad = good.clone();
                if (i % 3 == 0) {
                    bad = Arrays.copyOf(bad, i < 30 ? i * 3 : random.nextInt(good.length));
                } else if (i % 3 == 1) {
                    bad[i < 30 ? 2 * i : random.nextInt(good.length)] ^= (byte) (1 << random.nextInt(8));
                } else {
                    bad = Arrays.copyOf(bad, good.length + 1 + random.nextInt(9));
                }
                Files.write(path, bad);
                assertThrows(FormatException.class, () -> PromptFile.read(engine, path));
                assertEquals(0, engine.pool().used());
            }
            Files.write(path, good);
            PromptFile.read(engine, path).close();
        }
    }
}
