package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.generate.BeamSearch.Hypothesis;
import dev.keiryo.generate.BeamSearch.Options;
import dev.keiryo.generate.BeamSearch.Stopping;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BeamSearchTest {
    private static GenerateOptions limits(int tokens, long seed) {
        return GenerateOptions.DEFAULT.withMaxTokens(tokens).withSeed(seed);
    }

    private static LanguageModel stories() throws IOException {
        return Keiryo.load(
                TestData.path("models/TinyStories-656K"),
                EngineOptions.defaults().withThreads(1));
    }

    private static int[] prompt(LanguageModel model) {
        return model.tokenizer().encode("Once upon a time, there was a", SpecialTokens.PARSED, true);
    }

    private static List<Hypothesis> search(LanguageModel model, Options options, int tokens) {
        return new BeamSearch(model.engine(), model.generator(), options).search(prompt(model), limits(tokens, 3));
    }

    @Test
    void oneBeamIsGreedy() throws IOException {
        try (LanguageModel model = stories()) {
            Generation greedy = model.generator()
                    .generate(
                            prompt(model),
                            GenerateOptions.DEFAULT
                                    .withChain(SamplerChain.GREEDY)
                                    .withMaxTokens(40)
                                    .withScores(new GenerateOptions.Scores(true, false, 0)),
                            text -> true);
            Hypothesis best = search(model, Options.of(1), 40).getFirst();
            assertArrayEquals(greedy.tokens(), best.tokens());
            assertEquals(greedy.text(), best.text());
            double sum = greedy.scores().stream()
                    .mapToDouble(TokenScore::logProbability)
                    .sum();
            assertEquals(sum, best.logProbability(), 1e-6);
            assertEquals(sum / 40, best.score(), 1e-6);
        }
    }

    private record Naive(int[] tokens, double sum) {}

    /** The definition, every beginning processed from its first token on. */
    private static List<Naive> naive(LanguageModel model, int beams, int tokens) {
        int[] prompt = prompt(model);
        List<Naive> all = List.of(new Naive(new int[0], 0));
        for (int n = 0; n < tokens; n++) {
            List<Naive> next = new ArrayList<>();
            for (Naive beam : all) {
                int[] text = Arrays.copyOf(prompt, prompt.length + n);
                System.arraycopy(beam.tokens, 0, text, prompt.length, n);
                float[] logits = model.nextLogits(text);
                for (int t = 0; t < logits.length; t++) {
                    int[] longer = Arrays.copyOf(beam.tokens, n + 1);
                    longer[n] = t;
                    next.add(new Naive(longer, beam.sum + LogProbabilities.of(logits, t)));
                }
            }
            next.sort(Comparator.comparingDouble((Naive b) -> -b.sum));
            all = next.subList(0, beams);
        }
        return all;
    }

    @Test
    void equalsTheDefinition() throws IOException {
        try (LanguageModel model = stories()) {
            List<Naive> expected = naive(model, 4, 7);
            List<Hypothesis> found = search(model, Options.of(4), 7);
            assertEquals(4, found.size());
            for (int i = 0; i < 4; i++) {
                assertArrayEquals(expected.get(i).tokens, found.get(i).tokens());
                assertEquals(expected.get(i).sum, found.get(i).logProbability(), 1e-6);
            }
        }
    }

    @Test
    void groupsDifferAndDrawnBeamsFollowTheSeed() throws IOException {
        try (LanguageModel model = stories()) {
            List<Hypothesis> diverse = search(model, new Options(4, 4, 100, 1, 0, Stopping.EARLY, 4), 12);
            Set<Integer> first = new HashSet<>();
            diverse.forEach(h -> first.add(h.tokens()[0]));
            assertEquals(4, first.size(), "with a heavy penalty, each group begins with another token");
            Options drawn = new Options(3, 1, 0, 1, 1, Stopping.HEURISTIC, 3);
            BeamSearch sampling = new BeamSearch(model.engine(), model.generator(), drawn);
            int[] prompt = prompt(model);
            assertEquals(
                    sampling.search(prompt, limits(12, 5)).getFirst().text(),
                    sampling.search(prompt, limits(12, 5)).getFirst().text());
            assertNotEquals(
                    sampling.search(prompt, limits(12, 5)).getFirst().text(),
                    sampling.search(prompt, limits(12, 6)).getFirst().text());
        }
    }

    @Test
    void textsThatTheModelEndsAreFound() throws IOException {
        try (LanguageModel model = stories()) {
            int[] prompt = model.tokenizer()
                    .encode(
                            "Once upon a time, there was a cat. The cat was happy. The end.",
                            SpecialTokens.PARSED,
                            true);
            for (Stopping stopping : Stopping.values()) {
                Options options = new Options(3, 1, 0, 1, 0, stopping, 3);
                List<Hypothesis> found =
                        new BeamSearch(model.engine(), model.generator(), options).search(prompt, limits(250, 0));
                assertTrue(found.stream().anyMatch(Hypothesis::ended), found.toString());
                for (int i = 1; i < found.size(); i++) {
                    assertTrue(found.get(i - 1).score() >= found.get(i).score());
                }
            }
        }
    }

    private record Ended(int[] tokens, double score) {}

    /** A group of beams by the definition, with texts that end; every beginning processed from its first token on. */
    private static final class NaiveGroup {
        private List<Naive> beams = List.of(new Naive(new int[0], 0));
        private final List<Ended> ended = new ArrayList<>();

        void step(
                Map<String, float[]> known,
                LanguageModel model,
                int[] prompt,
                Options o,
                Set<Integer> ends,
                int[] chosen) {
            int size = o.beams() / o.groups();
            List<Naive> all = new ArrayList<>();
            for (Naive beam : beams) {
                int n = beam.tokens.length;
                int[] text = Arrays.copyOf(prompt, prompt.length + n);
                System.arraycopy(beam.tokens, 0, text, prompt.length, n);
                float[] logits = known.computeIfAbsent(Arrays.toString(text), k -> model.nextLogits(text));
                // what diversity costs is not enough for others
                for (int t : LogProbabilities.greatest(logits, 64)) {
                    int[] longer = Arrays.copyOf(beam.tokens, n + 1);
                    longer[n] = t;
                    all.add(new Naive(longer, beam.sum + LogProbabilities.of(logits, t) - o.diversity() * chosen[t]));
                }
            }
            all.sort(Comparator.comparingDouble((Naive b) -> -b.sum));
            beams = new ArrayList<>();
            for (int rank = 0; beams.size() < size; rank++) {
                Naive next = all.get(rank);
                int last = next.tokens[next.tokens.length - 1];
                if (!ends.contains(last)) {
                    beams.add(next);
                    chosen[last]++;
                } else if (rank < size) {
                    add(next, o);
                }
            }
        }

        void add(Naive text, Options o) {
            ended.add(new Ended(text.tokens, text.sum / Math.pow(text.tokens.length, o.lengthPenalty())));
            ended.sort(Comparator.comparingDouble((Ended e) -> -e.score));
            if (ended.size() > o.beams() / o.groups()) {
                ended.removeLast();
            }
        }

        boolean isDone(Options o, int length, int most) {
            if (ended.size() < o.beams() / o.groups()) {
                return false;
            }
            double sum = beams.getFirst().sum;
            return switch (o.stopping()) {
                case EARLY -> true;
                case HEURISTIC -> ended.getLast().score >= sum / Math.pow(length, o.lengthPenalty());
                case NEVER ->
                    ended.getLast().score >= sum / Math.pow(o.lengthPenalty() > 0 ? most : length, o.lengthPenalty());
            };
        }
    }

    @Test
    void endsPenaltiesGroupsAndStoppingAreAsDefined() throws IOException {
        int most = 8;
        Map<String, float[]> known = new HashMap<>();
        try (LanguageModel model = stories()) {
            int[] prompt = prompt(model);
            // often among the first few, so that texts end early
            Set<Integer> ends = Set.of(
                    LogProbabilities.greatest(model.nextLogits(prompt), 3)[2],
                    model.tokenizer().encode("The.", SpecialTokens.PARSED, false)[1]);
            Generator generator = new Generator(model.engine(), model.tokenizer(), ends, 0);
            for (Stopping stopping : Stopping.values()) {
                for (double penalty : new double[] {1, 2, -0.5}) {
                    for (int groups : new int[] {1, 2}) {
                        Options o = new Options(4, groups, groups == 1 ? 0 : 0.7, penalty, 0, stopping, 4);
                        List<NaiveGroup> all = new ArrayList<>();
                        for (int g = 0; g < groups; g++) {
                            all.add(new NaiveGroup());
                        }
                        List<Ended> expected = new ArrayList<>();
                        List<NaiveGroup> going = new ArrayList<>(all);
                        for (int n = 1; n <= most && !going.isEmpty(); n++) {
                            int[] chosen =
                                    new int[model.engine().transformer().shape().vocabulary()];
                            for (NaiveGroup group : List.copyOf(going)) {
                                group.step(known, model, prompt, o, ends, chosen);
                                if (n < most && group.isDone(o, n, most)) {
                                    going.remove(group);
                                }
                            }
                        }
                        going.forEach(group -> group.beams.forEach(beam -> group.add(beam, o)));
                        all.forEach(group -> expected.addAll(group.ended));
                        expected.sort(Comparator.comparingDouble((Ended e) -> -e.score));
                        List<Hypothesis> found =
                                new BeamSearch(model.engine(), generator, o).search(prompt, limits(most, 0));
                        assertEquals(4, found.size());
                        for (int i = 0; i < 4; i++) {
                            assertArrayEquals(
                                    expected.get(i).tokens, found.get(i).tokens(), o.toString());
                            assertEquals(expected.get(i).score, found.get(i).score(), 1e-6);
                        }
                    }
                }
            }
        }
    }
}
