package dev.keiryo.measure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Logits;
import dev.keiryo.TestData;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.kernel.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What of a text an encoder-decoder reads, what of it counts, and what comes of it. */
class EncoderDecoderEvaluationTest {
    private static final int[] TOKENS = IntStream.range(100, 150).toArray();

    @Test
    void theFirstHalfIsReadTheSecondTold() {
        List<Window> windows = new PrefixDefinition(7, 0).windows(TOKENS, 1);
        assertEquals(7, windows.size());
        assertArrayEquals(new int[] {107, 108, 109, 1}, windows.get(1).source());
        assertArrayEquals(new int[] {0, 110, 111, 112, 113}, windows.get(1).ids());
        assertEquals(1, windows.get(1).from());
        assertArrayEquals(
                new int[] {100, 101, 102},
                new PrefixDefinition(7, 0).windows(TOKENS, -1).getFirst().source());
        assertThrows(IllegalArgumentException.class, () -> new PrefixDefinition(51, 0).windows(TOKENS, 1));
        assertThrows(IllegalArgumentException.class, () -> new PrefixDefinition(3, 0));
    }

    @Test
    void threeOfTwentyTokensAreTakenOutAndTold() {
        int[] sentinels = {900, 901, 902};
        List<Window> windows = new SpanDefinition(40, 0).windows(TOKENS, sentinels, 1);
        assertEquals(1, windows.size());
        int[] source = windows.getFirst().source();
        assertEquals(34 + 2 + 1, source.length);
        assertArrayEquals(IntStream.range(100, 117).toArray(), Arrays.copyOf(source, 17));
        assertEquals(900, source[17]);
        assertEquals(120, source[18]);
        assertEquals(901, source[35]);
        assertEquals(1, source[36]);
        assertArrayEquals(
                new int[] {0, 900, 117, 118, 119, 901, 137, 138, 139, 1},
                windows.getFirst().ids());
        // A chunk that ends within a span, and one that ends before one.
        assertArrayEquals(
                new int[] {0, 900, 117, 118, 119, 901, 137, 1},
                new SpanDefinition(38, 0)
                        .windows(TOKENS, sentinels, 1)
                        .getFirst()
                        .ids());
        assertArrayEquals(
                new int[] {0, 900, 117, 118, 119},
                new SpanDefinition(37, 0)
                        .windows(TOKENS, sentinels, -1)
                        .getFirst()
                        .ids());
        for (int context = 20; context <= 50; context++) {
            for (Window w : new SpanDefinition(context, 0).windows(TOKENS, sentinels, 1)) {
                assertTrue(Math.max(w.source().length, w.ids().length) <= context, "fits " + context);
            }
        }
        int[] one = {900};
        assertThrows(IllegalArgumentException.class, () -> new SpanDefinition(40, 0).windows(TOKENS, one, 1));
        assertThrows(IllegalArgumentException.class, () -> new SpanDefinition(19, 0));
    }

    /** {@code -log softmax(y)[t]} of what the model gives for each text alone, whatever is read together. */
    @Test
    void lossIsThatOfTheDecoderFedWithTheText() throws IOException {
        Path t5 = TestData.path("golden/architectures/t5.gguf");
        Random random = new Random(4);
        List<Window> windows = new ArrayList<>();
        double sum = 0;
        int count = 0;
        for (int n : new int[] {30, 3, 600, 17, 200}) {
            int[] source = random.ints(n, 0, 512).toArray();
            int[] ids = random.ints(1 + 600 / n, 0, 512).toArray();
            windows.add(new Window(source, ids, 1));
            int[] fed = Arrays.copyOf(ids, ids.length - 1);
            float[] logits = Logits.of(Gguf.open(t5), source, fed);
            for (int r = 0; r < fed.length; r++) {
                double all = 0;
                for (int i = 0; i < 512; i++) {
                    all += Math.exp(logits[r * 512 + i]);
                }
                sum += Math.log(all) - logits[r * 512 + ids[r + 1]];
                count++;
            }
        }
        EngineOptions exact = EngineOptions.defaults().withActivations(ActivationType.F32);
        try (Engine engine = Engine.open(Gguf.open(t5), exact);
                Predictions predictions = new ModelPredictions(engine, 700);
                Predictions same = new ModelPredictions(engine, 700);
                Workers workers = new Workers(2)) {
            Perplexity found = Evaluation.perplexity(predictions, windows, workers, (tokens, scored, perplexity) -> {});
            assertEquals(count, found.tokens());
            assertEquals(sum / count, found.crossEntropy().value(), 1e-5);
            Divergence none =
                    Objects.requireNonNull(Evaluation.of(same, predictions, windows, workers, Evaluation.Progress.NONE)
                            .divergence());
            assertEquals(0, none.kl().value(), 1e-9);
            assertEquals(1, none.agreement().value());
        }
    }
}
