package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.generate.Generation.StopReason;
import dev.keiryo.generate.Scheduler.Limits;
import dev.keiryo.generate.Scheduler.Ticket;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SchedulerTest {
    private static LanguageModel stories() throws IOException {
        return Keiryo.load(TestData.path("models/TinyStories-656K"));
    }

    private static int[] prompt(LanguageModel model, SplittableRandom random) {
        StringBuilder text = new StringBuilder("Once upon a time");
        String[] words = {" a", " little", " girl", " dog", " the", " and", " big", " sun", ".", " she", " ran"};
        for (int i = random.nextInt(60); i > 0; i--) {
            text.append(words[random.nextInt(words.length)]);
        }
        return model.tokenizer().encode(text.toString(), SpecialTokens.PARSED, true);
    }

    /** 64 at once, of all lengths, joining at any time: each is what it is alone. */
    @Test
    void eachOfManyTextsIsWhatItIsAlone() throws Exception {
        SplittableRandom random = new SplittableRandom(4);
        try (LanguageModel model = stories()) {
            List<int[]> prompts = new ArrayList<>();
            List<GenerateOptions> options = new ArrayList<>();
            List<Generation> alone = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                prompts.add(prompt(model, random));
                options.add(GenerateOptions.DEFAULT
                        .withChain(i % 3 == 0 ? SamplerChain.GREEDY : SamplerChain.DEFAULT)
                        .withSeed(i)
                        .withMaxTokens(1 + random.nextInt(60))
                        .withScores(new GenerateOptions.Scores(true, i % 5 == 0, 2)));
                alone.add(model.generator().generate(prompts.get(i), options.get(i), text -> true));
            }
            for (Limits limits : List.of(new Limits(64, 512), new Limits(7, 19), new Limits(1, 1))) {
                try (Scheduler scheduler = new Scheduler(model.engine(), model.generator(), limits)) {
                    List<Ticket> tickets = new ArrayList<>();
                    List<StringBuilder> heard = new ArrayList<>();
                    for (int i = 0; i < 64; i++) {
                        StringBuilder text = new StringBuilder();
                        heard.add(text);
                        tickets.add(scheduler.submit(prompts.get(i), options.get(i), part -> {
                            text.append(part);
                            return true;
                        }));
                    }
                    for (int i = 0; i < 64; i++) {
                        Generation g = tickets.get(i).result().get(60, TimeUnit.SECONDS);
                        assertArrayEquals(alone.get(i).tokens(), g.tokens());
                        assertEquals(alone.get(i).text(), g.text());
                        assertEquals(alone.get(i).text(), heard.get(i).toString());
                        assertEquals(alone.get(i).reason(), g.reason());
                        assertEquals(alone.get(i).scores(), g.scores());
                        assertEquals(alone.get(i).promptScores(), g.promptScores());
                    }
                }
            }
        }
    }

    @Test
    void aFailingListenerHarmsItsOwnTextOnly() throws Exception {
        try (LanguageModel model = stories();
                Scheduler scheduler = new Scheduler(model.engine(), model.generator(), Limits.DEFAULT)) {
            int[] prompt = model.tokenizer().encode("Once upon a time", SpecialTokens.PARSED, true);
            GenerateOptions options = GenerateOptions.DEFAULT.withMaxTokens(40);
            Ticket bad = scheduler.submit(prompt, options, text -> {
                throw new IllegalStateException("the screen is full");
            });
            Ticket good = scheduler.submit(prompt, options, text -> true);
            Ticket stopped = scheduler.submit(prompt, options, text -> false);
            ExecutionException failure =
                    assertThrows(ExecutionException.class, () -> bad.result().get());
            assertEquals(
                    "the screen is full",
                    Objects.requireNonNull(failure.getCause()).getMessage());
            assertEquals(StopReason.MAX_TOKENS, good.result().get().reason());
            assertEquals(StopReason.CANCELLED, stopped.result().get().reason());
            assertThrows(IllegalArgumentException.class, () -> scheduler.submit(new int[5000], options, text -> true));
        }
    }

    @Test
    void cancellingEndsATextAndClosingFailsTheRest() throws Exception {
        try (LanguageModel model = stories()) {
            Scheduler scheduler = new Scheduler(model.engine(), model.generator(), new Limits(1, 64));
            int[] prompt = model.tokenizer().encode("Once upon a time", SpecialTokens.PARSED, true);
            GenerateOptions options = GenerateOptions.DEFAULT.withMaxTokens(400).withContext(500);
            CountDownLatch first = new CountDownLatch(1);
            Ticket cancelled = scheduler.submit(prompt, options, text -> {
                first.countDown();
                return true;
            });
            Ticket next = scheduler.submit(prompt, options.withMaxTokens(3), text -> true);
            assertTrue(first.await(30, TimeUnit.SECONDS));
            cancelled.cancel();
            assertEquals(StopReason.CANCELLED, cancelled.result().get().reason());
            assertEquals(3, next.result().get().tokens().length);
            Ticket late = scheduler.submit(prompt, options, text -> true);
            Ticket later = scheduler.submit(prompt, options, text -> true);
            scheduler.close();
            for (Ticket t : List.of(late, later)) {
                assertThrows(CancellationException.class, () -> t.result().get());
            }
            assertThrows(IllegalStateException.class, () -> scheduler.submit(prompt, options, text -> true));
        }
    }
}
