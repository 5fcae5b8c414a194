package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.cache.CacheSlot;
import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.KvType;
import dev.keiryo.cache.OutOfPagesException;
import dev.keiryo.gguf.Gguf;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences that share pages, run out of them, or lose what their windows have passed: the logits are the same bits. */
class SequenceTest {
    private static final int[] TEXT = new Random(3).ints(400, 0, 500).toArray();
    private static final int[] OTHER = new Random(4).ints(400, 0, 500).toArray();

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 130})
    void aForkGoesOnLikeTheOriginal(int shared) throws IOException {
        try (Engine engine = open("llama-gqa", EngineOptions.defaults());
                Sequence alone = engine.newSequence(300);
                Sequence first = engine.newSequence(300)) {
            float[] expected = feed(engine, alone, TEXT, 0, 200);
            feed(engine, first, TEXT, 0, shared);
            long before = engine.pool().used();
            try (Sequence second = first.fork()) {
                assertEquals(before, engine.pool().used(), "forking takes memory");
                assertEquals(shared, second.length());
                // Both go on in turn, with different texts.
                feed(engine, first, OTHER, shared, 190);
                assertArrayEquals(expected, feed(engine, second, TEXT, shared, 200));
                first.truncate(Math.max(0, shared - 5));
                assertArrayEquals(expected, feed(engine, first, TEXT, first.length(), 200));
                assertArrayEquals(Arrays.copyOf(TEXT, 200), second.tokens());
            }
            first.truncate(0);
            assertEquals(alone.cache().bytes(), engine.pool().used());
        }
    }

    @Test
    void cuttingAForkAndWritingLeavesTheOriginal() throws IOException {
        try (Engine engine = open("llama-gqa", EngineOptions.defaults().withKvType(KvType.Q8_0));
                Sequence alone = engine.newSequence(300);
                Sequence original = engine.newSequence(300)) {
            float[] expected = feed(engine, alone, TEXT, 0, 101);
            feed(engine, original, TEXT, 0, 100);
            Sequence fork = original.fork();
            fork.truncate(20);
            feed(engine, fork, OTHER, 20, 150);
            fork.close();
            assertArrayEquals(expected, feed(engine, original, TEXT, 100, 101));
        }
    }

    @Test
    void forksShareTheEncodedText() throws IOException {
        int[] decoded = Arrays.copyOf(TEXT, 9);
        try (Engine t5 = open("t5", EngineOptions.defaults());
                Sequence alone = t5.newSequence(100);
                Sequence original = t5.newSequence(100)) {
            int[] text = Arrays.copyOf(OTHER, 90);
            t5.encode(alone, text);
            float[] expected = feed(t5, alone, decoded, 0, 9);
            t5.encode(original, text);
            feed(t5, original, decoded, 0, 4);
            try (Sequence fork = original.fork()) {
                original.truncate(0);
                t5.encode(original, Arrays.copyOf(TEXT, 80));
                assertArrayEquals(expected, feed(t5, fork, decoded, 4, 9));
            }
        }
    }

    @Test
    void withoutMemoryNothingChanges() throws IOException {
        try (Engine large = open("llama-gqa", EngineOptions.defaults());
                Sequence alone = large.newSequence(300)) {
            float[] expected = feed(large, alone, TEXT, 0, 130);
            long limit = large.cacheBytes(192, 300);
            assertEquals(limit, alone.cache().bytes());
            try (Engine engine = open("llama-gqa", EngineOptions.defaults().withKvMemory(limit));
                    Sequence first = engine.newSequence(300);
                    Sequence second = engine.newSequence(300)) {
                feed(engine, first, TEXT, 0, 64);
                feed(engine, second, TEXT, 0, 60);
                long used = engine.pool().used();
                Batch batch = new Batch()
                        .add(first, TEXT, 64, 65, Batch.Output.LAST)
                        .add(second, TEXT, 60, 70, Batch.Output.LAST);
                assertThrows(OutOfPagesException.class, () -> engine.forward(batch));
                assertEquals(64, first.length());
                assertEquals(60, second.length());
                assertEquals(used, engine.pool().used());
                second.truncate(0);
                assertArrayEquals(expected, feed(engine, first, TEXT, 64, 130));
                assertEquals(0, engine.pool().available());
            }
        }
    }

    @Test
    void aFailedPassLeavesSequencesAsTheyWere() throws IOException {
        try (Engine engine = open("llama-gqa", EngineOptions.defaults());
                Sequence alone = engine.newSequence(300);
                Sequence sequence = engine.newSequence(300)) {
            float[] expected = feed(engine, alone, TEXT, 0, 70);
            feed(engine, sequence, TEXT, 0, 60);
            long used = engine.pool().used();
            assertThrows(IllegalArgumentException.class, () -> feed(engine, sequence, new int[] {1, 1 << 20}, 0, 2));
            assertEquals(60, sequence.length());
            assertEquals(used, engine.pool().used());
            Batch stale = new Batch().add(sequence, TEXT, 60, 70, Batch.Output.LAST);
            feed(engine, sequence, OTHER, 60, 61);
            assertThrows(IllegalStateException.class, () -> engine.forward(stale));
            sequence.truncate(60);
            assertArrayEquals(expected, engine.forward(stale).toArray(0));
        }
    }

    @Test
    void closingDuringAPassWaitsForItsEnd() throws IOException {
        try (Engine engine = open("llama-gqa", EngineOptions.defaults())) {
            Sequence sequence = engine.newSequence(300);
            Batch batch = Batch.of(sequence, Arrays.copyOf(TEXT, 100), Batch.Output.LAST);
            float[] expected;
            try (Sequence alone = engine.newSequence(300)) {
                expected = feed(engine, alone, TEXT, 0, 100);
            }
            assertEquals(0, engine.pool().used());
            float[] actual = engine.forward(batch, ops -> {
                        sequence.close();
                        assertThrows(IllegalStateException.class, () -> sequence.truncate(0));
                        assertTrue(engine.pool().used() > 0);
                        return ops;
                    })
                    .toArray(0);
            assertArrayEquals(expected, actual);
            assertEquals(0, engine.pool().used());
            assertThrows(IllegalStateException.class, () -> engine.forward(batch));
            assertThrows(IllegalStateException.class, sequence::fork);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void slidingLayersKeepTheirWindowOnly(KvType type) throws IOException {
        for (String model : new String[] {"gemma2", "gemma3"}) {
            try (Engine engine = open(model, EngineOptions.defaults().withKvType(type));
                    Sequence whole = engine.newSequence(300);
                    Sequence pieces = engine.newSequence(300)) {
                int window = engine.layout().slots().getFirst().window();
                assertTrue(window > 0 && window < 200, model + " has a window of " + window);
                // In one pass, everything is held until it ends.
                float[] expected = feed(engine, whole, TEXT, 0, 300);
                CacheSlot slot = pieces.cache().slot(0);
                Random random = new Random(window);
                float[] last = {};
                for (int at = 0; at < 300; ) {
                    int to = Math.min(300, at + 1 + random.nextInt(40));
                    last = feed(engine, pieces, TEXT, at, to);
                    at = to;
                    assertTrue(at - slot.first() <= window + 2 * KvCache.PAGE, at + " from " + slot.first());
                    assertTrue(pieces.cache().bytes() <= engine.cacheBytes(at, 40));
                }
                assertArrayEquals(expected, last);
                assertTrue(pieces.shortest() > 0);
                assertTrue(300 - pieces.shortest() >= KvCache.PAGE, "cannot be cut by a page");
                IllegalArgumentException e =
                        assertThrows(IllegalArgumentException.class, () -> pieces.truncate(pieces.shortest() - 1));
                assertTrue(String.valueOf(e.getMessage()).contains("" + pieces.shortest()), e.getMessage());
                int shortest = pieces.shortest();
                pieces.truncate(shortest);
                assertArrayEquals(expected, feed(engine, pieces, TEXT, shortest, 300));
                pieces.truncate(0);
                assertArrayEquals(expected, feed(engine, pieces, TEXT, 0, 300));
            }
        }
    }

    private static float[] feed(Engine engine, Sequence sequence, int[] tokens, int from, int to) {
        return engine.forward(new Batch().add(sequence, tokens, from, to, Batch.Output.LAST))
                .toArray(0);
    }

    private static Engine open(String model, EngineOptions options) throws IOException {
        return Engine.open(Gguf.open(TestData.path("golden/architectures/" + model + ".gguf")), options.withThreads(2));
    }
}
