package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.cache.KvType;
import dev.keiryo.cache.PrefixTree;
import dev.keiryo.gguf.Gguf;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that begin as earlier ones did take over their pages: the logits are the same bits. */
class PrefixTest {
    private static final int[] TEXT = new Random(3).ints(400, 0, 500).toArray();
    private static final int[] OTHER = new Random(4).ints(400, 0, 500).toArray();

    private static Engine open(String model, long prefixMemory, long kvMemory) throws IOException {
        return Engine.open(
                Gguf.open(TestData.path("golden/architectures/" + model + ".gguf")),
                EngineOptions.defaults()
                        .withKvType(KvType.Q8_0)
                        .withPrefixMemory(prefixMemory)
                        .withKvMemory(kvMemory));
    }

    /** The first {@code same} tokens are {@code TEXT}'s, others follow. */
    private static int[] text(int same, int length) {
        int[] text = Arrays.copyOf(OTHER, length);
        System.arraycopy(TEXT, 0, text, 0, same);
        return text;
    }

    private static float[] logits(Engine engine, Sequence sequence, int[] text) {
        return engine.forward(new Batch().add(sequence, text, sequence.length(), text.length, Batch.Output.LAST))
                .toArray(0);
    }

    private static float[] alone(Engine engine, int[] text) {
        try (Sequence sequence = engine.newSequence(400)) {
            return logits(engine, sequence, text);
        }
    }

    private static Sequence recalled(Engine engine, int[] text) {
        Sequence sequence = engine.newSequence(400);
        engine.recall(sequence, text);
        return sequence;
    }

    private static int begin(Engine engine, int[] text) {
        float[] expected = alone(engine, text);
        try (Sequence sequence = recalled(engine, text)) {
            int known = sequence.length();
            assertArrayEquals(Arrays.copyOf(text, known), sequence.tokens());
            assertArrayEquals(expected, logits(engine, sequence, text), known + " known tokens");
            engine.keep(sequence);
            return known;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa", "gemma2", "gemma3", "gpt2"})
    void whatIsKnownIsNotComputedAgain(String model) throws IOException {
        boolean sliding = model.startsWith("gemma");
        try (Engine engine = open(model, 1L << 30, 1L << 30)) {
            int context = Math.min(engine.transformer().shape().context(), 400);
            int long1 = Math.min(context, 300);
            assertEquals(0, begin(engine, text(100, 100)));
            assertEquals(99, begin(engine, text(100, 100)));
            assertEquals(100, begin(engine, text(long1, long1)));
            assertEquals(0, begin(engine, text(0, 70)));
            for (int same : new int[] {1, 63, 64, 65, 128, 150, 192, 255}) {
                if (same < long1) {
                    int known = begin(engine, text(same, Math.min(same + 30, long1)));
                    assertTrue(sliding ? known <= same : known == same, known + " of " + same);
                }
            }
            PrefixTree.Statistics s = Objects.requireNonNull(engine.prefixes()).statistics();
            assertEquals(engine.pool().used(), s.bytes());
            Objects.requireNonNull(engine.prefixes()).clear();
            assertEquals(0, engine.pool().used());
        }
    }

    /** A window's pages are still there at the end of a text, so it can go on. */
    @Test
    void slidingModelsGoOnWhereTheirWindowIsHeld() throws IOException {
        try (Engine engine = open("gemma3", 1L << 30, 1L << 30)) {
            int window = engine.layout().slots().getFirst().window();
            begin(engine, text(300, 300));
            assertEquals(300, begin(engine, text(300, 320)));
            int known = begin(engine, text(100, 110));
            assertTrue(known == 100 || window < 100, "window " + window);
        }
    }

    @Test
    void theTreeGivesWayToRunningTexts() throws IOException {
        try (Engine measured = open("llama-gqa", 0, 1L << 30)) {
            long limit = measured.cacheBytes(400, 400);
            try (Engine engine = open("llama-gqa", limit, limit)) {
                for (int i = 0; i < 12; i++) {
                    int[] text = new Random(i).ints(130 + i, 0, 500).toArray();
                    begin(engine, text);
                    assertEquals(text.length - 1, begin(engine, text));
                }
                PrefixTree tree = Objects.requireNonNull(engine.prefixes());
                assertTrue(tree.statistics().evicted() > 10);
                assertTrue(tree.statistics().bytes() <= limit);
                try (Sequence all = engine.newSequence(400)) {
                    logits(engine, all, TEXT);
                }
                assertEquals(0, tree.statistics().bytes());
            }
        }
    }

    /** Changing a text that was taken over in part leaves the others' pages. */
    @Test
    void pagesAreCopiedBeforeTheyAreWritten() throws IOException {
        try (Engine engine = open("llama-gqa", 1L << 30, 1L << 30)) {
            int[] whole = text(200, 200);
            float[] expected = alone(engine, whole);
            begin(engine, whole);
            begin(engine, text(90, 200));
            try (Sequence sequence = recalled(engine, whole)) {
                assertEquals(199, sequence.length());
                sequence.truncate(70);
                logits(engine, sequence, text(70, 150));
                sequence.truncate(64);
                engine.keep(sequence);
            }
            try (Sequence sequence = recalled(engine, whole)) {
                assertEquals(199, sequence.length());
                assertArrayEquals(expected, logits(engine, sequence, whole));
            }
        }
    }
}
