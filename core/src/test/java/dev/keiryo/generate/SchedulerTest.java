package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.cache.OutOfPagesException;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.generate.Generation.StopReason;
import dev.keiryo.generate.Scheduler.Limits;
import dev.keiryo.generate.Scheduler.Ticket;
import dev.keiryo.kernel.EmittedKernels;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SchedulerTest {
    /** Of a token, in pieces of strings, and of a text's own arrays. */
    private static final double MOST_BYTES = 700;

    private static LanguageModel stories(EngineOptions options) throws IOException {
        return Keiryo.load(TestData.path("models/stories260K/stories260K.bin"), options.withThreads(1));
    }

    private static int[] prompt(LanguageModel model, SplittableRandom random) {
        StringBuilder text = new StringBuilder("Once upon a time");
        String[] words = {" a", " little", " girl", " dog", " the", " and", " big", " sun", ".", " she", " ran"};
        for (int i = random.nextInt(25); i > 0; i--) {
            text.append(words[random.nextInt(words.length)]);
        }
        return model.tokenizer().encode(text.toString(), SpecialTokens.PARSED, true);
    }

    /** How many texts at a time, how many tokens a step, and for how many texts of 200 tokens there are pages. */
    private record Bounds(int texts, int tokens, int paged, boolean prefixes) {}

    /** 64 at once, of all lengths, joining at any time, also where there are pages for few: each is what it is alone. */
    @Test
    void eachOfManyTextsIsWhatItIsAlone() throws Exception {
        SplittableRandom random = new SplittableRandom(4);
        try (LanguageModel model = stories(EngineOptions.defaults())) {
            List<int[]> prompts = new ArrayList<>();
            List<GenerateOptions> options = new ArrayList<>();
            List<Generation> alone = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                prompts.add(prompt(model, random));
                options.add(GenerateOptions.DEFAULT
                        .withChain(i % 3 == 0 ? SamplerChain.GREEDY : SamplerChain.DEFAULT)
                        .withSeed(i)
                        .withMaxTokens(i < 8 ? 140 : 1 + random.nextInt(25))
                        .withScores(new GenerateOptions.Scores(true, i % 5 == 0, 2)));
                alone.add(model.generator().generate(prompts.get(i), options.get(i), text -> true));
            }
            long text = model.engine().cacheBytes(200, 512);
            for (Bounds b : List.of(
                    new Bounds(64, 512, 1000, false),
                    new Bounds(7, 19, 1000, true),
                    new Bounds(64, 512, 4, false),
                    new Bounds(64, 100, 3, true))) {
                EngineOptions bounded = EngineOptions.defaults()
                        .withKvMemory(text * b.paged)
                        .withPrefixMemory(b.prefixes ? text * b.paged : 0);
                try (LanguageModel other = stories(bounded)) {
                    long preemptions = compare(other, new Limits(b.texts, b.tokens), prompts, options, alone);
                    assertTrue(b.paged > 4 || preemptions > 0, "nobody had to wait");
                    long kept = b.prefixes
                            ? Objects.requireNonNull(other.engine().prefixes())
                                    .statistics()
                                    .bytes()
                            : 0;
                    assertEquals(kept, other.engine().pool().used());
                }
            }
        }
    }

    private static long compare(
            LanguageModel model,
            Limits limits,
            List<int[]> prompts,
            List<GenerateOptions> options,
            List<Generation> alone)
            throws Exception {
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
            return scheduler.preemptions();
        }
    }

    /** One that the engine refuses, and one that needs more pages than there are, beside others. */
    @Test
    void aTextThatCannotBeComputedFailsAlone() throws Exception {
        try (LanguageModel model = stories(EngineOptions.defaults());
                LanguageModel small = stories(
                        EngineOptions.defaults().withKvMemory(model.engine().cacheBytes(128, 512)))) {
            int[] prompt = model.tokenizer().encode("Once upon a time", SpecialTokens.PARSED, true);
            GenerateOptions options =
                    GenerateOptions.DEFAULT.withChain(SamplerChain.GREEDY).withMaxTokens(60);
            int[] expected =
                    model.generator().generate(prompt, options, text -> true).tokens();
            try (Scheduler scheduler = new Scheduler(small.engine(), small.generator(), Limits.DEFAULT)) {
                Ticket good = scheduler.submit(prompt, options, text -> true);
                Ticket bad = scheduler.submit(new int[] {1, 1 << 20}, options, text -> true);
                Ticket large = scheduler.submit(prompt, options.withMaxTokens(300), text -> true);
                assertArrayEquals(
                        expected, good.result().get(30, TimeUnit.SECONDS).tokens());
                assertThrows(ExecutionException.class, () -> bad.result().get(30, TimeUnit.SECONDS));
                ExecutionException failure = assertThrows(
                        ExecutionException.class, () -> large.result().get(30, TimeUnit.SECONDS));
                assertTrue(failure.getCause() instanceof OutOfPagesException, failure.toString());
                Ticket after = scheduler.submit(prompt, options, text -> true);
                assertArrayEquals(
                        expected, after.result().get(30, TimeUnit.SECONDS).tokens());
            }
        }
    }

    /** Those that fail in the middle of their prompts take nobody with them, whoever stands before or behind them in the batch. */
    @Test
    void theOthersOfABatchAreTriedAgain() throws Exception {
        try (LanguageModel model = stories(EngineOptions.defaults())) {
            int[] prompt = model.tokenizer().encode("Once upon a time", SpecialTokens.PARSED, true);
            int[] broken = new int[70];
            Arrays.fill(broken, prompt[1]);
            broken[55] = 1 << 20;
            List<GenerateOptions> options = new ArrayList<>();
            List<Generation> alone = new ArrayList<>();
            for (WhenFull.Policy policy : WhenFull.Policy.values()) {
                GenerateOptions o = GenerateOptions.DEFAULT
                        .withMaxTokens(80)
                        .withSeed(policy.name().length())
                        .withContext(policy == WhenFull.Policy.STOP ? 0 : 24)
                        .withWhenFull(policy == WhenFull.Policy.STOP ? WhenFull.STOP : new WhenFull(policy, 2));
                options.add(o);
                alone.add(model.generator().generate(prompt, o, text -> true));
            }
            try (Scheduler scheduler = new Scheduler(model.engine(), model.generator(), new Limits(16, 32))) {
                List<Ticket> good = new ArrayList<>();
                List<Ticket> bad = new ArrayList<>();
                for (int round = 0; round < 2; round++) {
                    bad.add(scheduler.submit(broken, GenerateOptions.DEFAULT, text -> true));
                    options.forEach(o -> good.add(scheduler.submit(prompt, o, text -> true)));
                    bad.add(scheduler.submit(broken, GenerateOptions.DEFAULT, text -> true));
                }
                for (int i = 0; i < good.size(); i++) {
                    Generation expected = alone.get(i % alone.size());
                    Generation g = good.get(i).result().get(30, TimeUnit.SECONDS);
                    assertArrayEquals(expected.tokens(), g.tokens());
                    assertEquals(expected.reason(), g.reason());
                }
                for (Ticket ticket : bad) {
                    ExecutionException e = assertThrows(
                            ExecutionException.class, () -> ticket.result().get(30, TimeUnit.SECONDS));
                    assertTrue(String.valueOf(e.getMessage()).contains("but row 1048576 was asked for"), e.toString());
                }
            }
            assertEquals(0, model.engine().pool().used());
        }
    }

    /** Steps leave no garbage, but for the strings that texts are made of. */
    @Test
    void stepsAllocateNothingButText() throws Exception {
        Assumptions.assumeTrue(
                EmittedKernels.isPossible(), "vectors are objects until the compiler has done with them");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (LanguageModel model = stories(EngineOptions.defaults().withKernels(new EmittedKernels()));
                Scheduler scheduler = new Scheduler(model.engine(), model.generator(), Limits.DEFAULT)) {
            int[] prompt = model.tokenizer().encode("Once upon a time", SpecialTokens.PARSED, true);
            long thread = Thread.getAllStackTraces().keySet().stream()
                    .filter(t -> t.getName().equals("keiryo-scheduler"))
                    .findFirst()
                    .orElseThrow()
                    .threadId();
            double least = Double.MAX_VALUE;
            for (int window = 0; window < 30 && least > MOST_BYTES; window++) {
                long before = threads.getThreadAllocatedBytes(thread);
                int tokens = 0;
                List<Ticket> tickets = new ArrayList<>();
                for (int i = 0; i < 16; i++) {
                    tickets.add(scheduler.submit(
                            prompt, GenerateOptions.DEFAULT.withSeed(i).withMaxTokens(200), text -> true));
                }
                for (Ticket ticket : tickets) {
                    tokens += ticket.result().get(30, TimeUnit.SECONDS).tokens().length;
                }
                least = Math.min(least, (double) (threads.getThreadAllocatedBytes(thread) - before) / tokens);
            }
            assertTrue(least <= MOST_BYTES, least + " bytes for each token");
        }
    }

    @Test
    void waitingTextsCanBeCancelled() throws Exception {
        try (LanguageModel model = stories(EngineOptions.defaults());
                Scheduler scheduler = new Scheduler(model.engine(), model.generator(), new Limits(1, 64))) {
            int[] prompt = model.tokenizer().encode("Once upon a time", SpecialTokens.PARSED, true);
            CountDownLatch first = new CountDownLatch(1);
            Ticket running = scheduler.submit(prompt, GenerateOptions.DEFAULT.withMaxTokens(400), text -> {
                first.countDown();
                return true;
            });
            Ticket waiting = scheduler.submit(prompt, GenerateOptions.DEFAULT, text -> true);
            assertTrue(first.await(30, TimeUnit.SECONDS));
            waiting.cancel();
            Generation none = waiting.result().get(30, TimeUnit.SECONDS);
            assertEquals(StopReason.CANCELLED, none.reason());
            assertEquals(0, none.tokens().length);
            assertTrue(!running.result().isDone(), "was not waiting");
            running.cancel();
        }
    }

    @Test
    void aFailingListenerHarmsItsOwnTextOnly() throws Exception {
        try (LanguageModel model = stories(EngineOptions.defaults());
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
        try (LanguageModel model = stories(EngineOptions.defaults())) {
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
