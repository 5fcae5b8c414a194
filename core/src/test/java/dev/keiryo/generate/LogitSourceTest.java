package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.generate.Generation.StopReason;
import dev.keiryo.model.Block;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Guidance, DoLa and contrastive search, each against its definition, computed from the first token on at every step. */
class LogitSourceTest {
    private static final int TOKENS = 16;
    private static final String PROMPT = "Once upon a time, there was a little";

    /** Five layers. */
    private static LanguageModel stories() throws IOException {
        return Keiryo.load(
                TestData.path("models/stories260K/stories260K.bin"),
                EngineOptions.defaults().withThreads(1));
    }

    private static int[] encode(LanguageModel model, String text) {
        return model.tokenizer().encode(text, SpecialTokens.PARSED, true);
    }

    private static GenerateOptions options(String chain) {
        return GenerateOptions.DEFAULT.withChain(SamplerChain.parse(chain)).withMaxTokens(TOKENS);
    }

    private static Generation generate(LanguageModel model, GenerateOptions options) {
        return model.generate(PROMPT, options, text -> true);
    }

    /** Of tokens, the logits that follow. */
    private interface Logits {
        double[] after(int[] tokens);
    }

    private static int[] greedy(LanguageModel model, Logits logits) {
        int[] text = new int[0];
        int[] prompt = encode(model, PROMPT);
        while (text.length < TOKENS) {
            double[] l = logits.after(append(prompt, text));
            int best = 0;
            for (int i = 1; i < l.length; i++) {
                best = l[i] > l[best] ? i : best;
            }
            text = append(text, best);
        }
        return text;
    }

    private static int[] append(int[] a, int... b) {
        int[] out = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, out, a.length, b.length);
        return out;
    }

    private static double[] logSoftmax(float[] logits) {
        double normalizer = LogProbabilities.normalizer(logits);
        double[] out = new double[logits.length];
        Arrays.setAll(out, i -> logits[i] - normalizer);
        return out;
    }

    @Test
    void guidanceMovesAwayFromTheNegativePrompt() throws IOException {
        try (LanguageModel model = stories()) {
            int[] prompt = encode(model, PROMPT);
            for (String negative : List.of("One day, a big dog", "")) {
                int[] other = negative.isEmpty() ? new int[] {prompt[prompt.length - 1]} : encode(model, negative);
                int[] expected = greedy(model, tokens -> {
                    double[] p = logSoftmax(model.nextLogits(tokens));
                    double[] q = logSoftmax(
                            model.nextLogits(append(other, Arrays.copyOfRange(tokens, prompt.length, tokens.length))));
                    double[] mixed = new double[p.length];
                    Arrays.setAll(mixed, i -> q[i] + 1.7 * (p[i] - q[i]));
                    return mixed;
                });
                GenerateOptions guided = options("cfg:scale=1.7,negative=\"" + negative + "\";greedy");
                assertArrayEquals(expected, generate(model, guided).tokens());
                assertSpeculationChangesNothing(model, guided, expected);
            }
            assertArrayEquals(
                    generate(model, options("greedy")).tokens(),
                    generate(model, options("cfg:scale=1,negative=\"One day\";greedy"))
                            .tokens());
        }
    }

    private static void assertSpeculationChangesNothing(LanguageModel model, GenerateOptions options, int[] expected) {
        for (int branches : new int[] {1, 3}) {
            Speculation lookup = new Speculation(capacity -> new PromptLookup(2, 1), 4, branches, false);
            assertArrayEquals(
                    expected, generate(model, options.withSpeculation(lookup)).tokens());
        }
    }

    /** The logits of the model's first {@code layers} layers under its own head. */
    private static float[] early(LanguageModel model, int[] tokens, int layers) {
        try (Sequence sequence = model.engine().newSequence(tokens.length)) {
            Matrix logits = model.engine()
                    .forward(Batch.of(sequence, tokens, Batch.Output.LAST), ops -> new ForwardingOps(ops) {
                        @Override
                        public Tensor blocks(List<? extends Block> all, Tensor x) {
                            return super.blocks(all.subList(0, layers), x);
                        }
                    });
            return logits.toArray(0);
        }
    }

    private static double divergence(double[] logP, double[] logQ) {
        double sum = 0;
        for (int i = 0; i < logP.length; i++) {
            double p = Math.exp(logP[i]);
            double q = Math.exp(logQ[i]);
            double m = (p + q) / 2;
            sum += (p * Math.log(p / m) + q * Math.log(q / m)) / 2;
        }
        return sum;
    }

    @Test
    void dolaContrastsTheLayerThatDiffersMost() throws IOException {
        try (LanguageModel model = stories()) {
            int[][] used = {{2, 4}, {1}, {0, 1, 3}};
            String[] names = {"dola:high", "dola:low", "dola:0|1|3"};
            for (int n = 0; n < used.length; n++) {
                int[] layers = used[n];
                int[] expected = greedy(model, tokens -> {
                    double[] p = logSoftmax(model.nextLogits(tokens));
                    double[] base = {};
                    double most = -1;
                    for (int layer : layers) {
                        double[] q = logSoftmax(early(model, tokens, layer));
                        if (divergence(p, q) > most) {
                            most = divergence(p, q);
                            base = q;
                        }
                    }
                    double max = Arrays.stream(p).max().orElseThrow();
                    double[] out = new double[p.length];
                    for (int i = 0; i < p.length; i++) {
                        out[i] = p[i] >= max + Math.log(0.1) ? p[i] - base[i] : Double.NEGATIVE_INFINITY;
                    }
                    return out;
                });
                GenerateOptions dola = options(names[n] + ";greedy");
                assertArrayEquals(expected, generate(model, dola).tokens(), names[n]);
                assertSpeculationChangesNothing(model, dola, expected);
            }
            assertThrows(IllegalArgumentException.class, () -> generate(model, options("dola:7;greedy")));
        }
    }

    @Test
    void dolasRanges() {
        assertArrayEquals(new int[] {2, 4, 6}, new Dola(Dola.Range.LOW, List.of(), 0.1).candidates(16));
        assertArrayEquals(new int[] {8, 10, 12, 14}, new Dola(Dola.Range.HIGH, List.of(), 0.1).candidates(16));
        assertArrayEquals(new int[] {0}, new Dola(Dola.Range.LOW, List.of(), 0.1).candidates(1));
        assertEquals(10, new Dola(Dola.Range.HIGH, List.of(), 0.1).candidates(80).length);
    }

    @Test
    void contrastiveSearchTakesWhatIsProbableAndNew() throws IOException {
        try (LanguageModel model = stories()) {
            int[] prompt = encode(model, PROMPT);
            int[] expected = new int[0];
            while (expected.length < TOKENS) {
                int[] text = append(prompt, expected);
                float[] logits = model.nextLogits(text);
                double[] p = logSoftmax(logits);
                double most = Double.NEGATIVE_INFINITY;
                int best = -1;
                for (int id : LogProbabilities.greatest(logits, 5)) {
                    List<float[]> states = states(model, append(text, id));
                    double closest = -1;
                    for (float[] state : states.subList(0, text.length)) {
                        closest = Math.max(closest, HiddenStates.product(states.getLast(), state));
                    }
                    double score = 0.4 * Math.exp(p[id]) - 0.6 * closest;
                    if (score > most) {
                        most = score;
                        best = id;
                    }
                }
                expected = append(expected, best);
            }
            Generation found = generate(model, options("contrastive:k=5,alpha=0.6"));
            assertArrayEquals(expected, found.tokens());
            assertEquals(StopReason.MAX_TOKENS, found.reason());
            int[] greedy = generate(model, options("greedy")).tokens();
            assertNotEquals(Arrays.toString(greedy), Arrays.toString(expected));
            assertArrayEquals(
                    greedy, generate(model, options("contrastive:k=5,alpha=0")).tokens());
            // samplers before it, stops and the context's end hold for it too
            Generation banned = generate(model, options("contrastive:k=5,alpha=0.6;banned_tokens:" + expected[0]));
            assertTrue(Arrays.stream(banned.tokens()).noneMatch(id -> id == found.tokens()[0]));
            Generation full =
                    generate(model, options("contrastive:k=3,alpha=0.6").withContext(prompt.length + 4));
            assertEquals(StopReason.CONTEXT_FULL, full.reason());
            assertEquals(5, full.tokens().length);
            assertEquals(
                    0,
                    generate(model, options("contrastive:k=3").withMaxTokens(0)).tokens().length);
        }
    }

    private static List<float[]> states(LanguageModel model, int[] tokens) {
        List<float[]> states = new ArrayList<>();
        try (Sequence sequence = model.engine().newSequence(tokens.length)) {
            model.engine()
                    .forward(Batch.of(sequence, tokens, Batch.Output.ALL), ops -> new HiddenStates(ops, states::add));
        }
        return states;
    }

    @Test
    void manyTextsAtOnceRefuseIt() throws IOException {
        try (LanguageModel model = stories();
                Scheduler scheduler = new Scheduler(model.engine(), model.generator(), Scheduler.Limits.DEFAULT)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> scheduler.submit(encode(model, PROMPT), options("dola:high;greedy"), text -> true));
        }
    }
}
