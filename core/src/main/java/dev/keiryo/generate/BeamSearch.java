package dev.keiryo.generate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.IntSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Searches for the most probable text: keeps several beginnings (beams) and goes on from the best of all their
 * continuations. A text of n tokens scores
 *
 * <pre>
 *   (log p1 + … + log pn) / n^lengthPenalty
 * </pre>
 *
 * With {@code groups} (diverse beam search, Vijayakumar et al., arXiv 1610.02424), groups of beams choose one after the
 * other, and a token that {@code k} beams of earlier groups chose at the same step counts {@code diversity·k} less. With a
 * temperature (beam sampling), each beam draws its continuations instead of taking the greatest: Gumbel noise is added to
 * the tempered log-probabilities, so that they are drawn without replacement (Kool et al., arXiv 1903.06059).
 *
 * <p>Beams share the pages of what they have in common, and each step processes all of them at once.
 */
public final class BeamSearch {
    /** When a group stops, once as many of its texts have ended as it has beams (as in Hugging Face's transformers). */
    public enum Stopping {
        /** At once. */
        EARLY,
        /** As soon as no beam can become better than the worst of them at its present length. */
        HEURISTIC,
        /** As soon as no beam can become better at any length. */
        NEVER
    }

    /**
     * @param beams beginnings that are kept, over all groups
     * @param groups 1 for plain beam search
     * @param diversity what a repeated token costs, in log-probability; 0 without groups
     * @param lengthPenalty exponent of the length; above 0 prefers long texts
     * @param temperature 0: the greatest continuations; else they are drawn
     * @param results best texts to return, at most {@code beams}
     */
    public record Options(
            int beams,
            int groups,
            double diversity,
            double lengthPenalty,
            double temperature,
            Stopping stopping,
            int results) {
        /** As many beams and results, all else plain. */
        public static Options of(int beams) {
            return new Options(beams, 1, 0, 1, 0, Stopping.HEURISTIC, beams);
        }

        public Options {
            if (beams < 1 || groups < 1 || beams % groups != 0) {
                throw new IllegalArgumentException(
                        "%d beams in %d groups: expected groups of equal size".formatted(beams, groups));
            }
            if (!(diversity >= 0) || !(temperature >= 0) || !Double.isFinite(lengthPenalty)) {
                throw new IllegalArgumentException(
                        "diversity %s, temperature %s, length penalty %s: expected at least 0, 0, and a number"
                                .formatted(diversity, temperature, lengthPenalty));
            }
            if (results < 1 || results > beams) {
                throw new IllegalArgumentException(results + " results of " + beams + " beams");
            }
        }
    }

    /**
     * A text that was found.
     *
     * @param tokens the new ones, with the one that ended it
     * @param text what they say
     * @param logProbability the sum of their log-probabilities
     * @param score by which texts are compared
     * @param ended whether the model ended it, rather than the number of tokens
     */
    public record Hypothesis(int[] tokens, String text, double logProbability, double score, boolean ended) {}

    /** A beginning; {@code score} is what candidates are compared by, {@code logProbability} the model's own. */
    private record Beam(
            Sequence sequence,
            int[] tokens,
            double logProbability,
            double score,
            @Nullable Guide guide) {}

    private record Candidate(Beam beam, int row, int token, double logProbability, double score) {}

    private final Engine engine;
    private final Generator generator;
    private final Options options;

    public BeamSearch(Engine engine, Generator generator, Options options) {
        this.engine = engine;
        this.generator = generator;
        this.options = options;
    }

    /**
     * The best continuations of {@code prompt}, best first.
     *
     * @param limits of these count the number of tokens, the context and what happens when it is full, the constraint, and
     *     the seed, of beam sampling; its chain's samplers do not
     * @throws IllegalArgumentException where the prompt does not fit the context, or the model cannot generate, or
     *     {@code limits} ask for what a search does not heed
     */
    public List<Hypothesis> search(int[] prompt, GenerateOptions limits) {
        requireSearchable(limits);
        if (limits.maxTokens() == 0) {
            return List.of();
        }
        Constraint constraint = limits.constraint();
        try (Generator.Task task = generator.begin(prompt, limits.withConstraint(null), text -> true)) {
            int most = limits.whenFull().goesOn()
                    ? limits.maxTokens()
                    : Math.min(limits.maxTokens(), task.sequence().capacity() - task.start().length);
            Guide guide =
                    constraint == null ? null : new Guide(constraint, generator.texts(), generator.endOfText(), most);
            Matrix logits = generator.prefill(task);
            try (Search search = new Search(
                    task.sequence(), logits.toArray(logits.rows() - 1), limits.seed(), limits.whenFull(), guide)) {
                for (int n = 1; n < most && search.goesOn(n, most); n++) {
                    search.step();
                }
                return search.results(prompt, task.start() == prompt);
            }
        }
    }

    private static void requireSearchable(GenerateOptions limits) {
        String unheeded = !limits.stops().equals(Stops.NONE)
                ? "stops"
                : !limits.scores().equals(GenerateOptions.Scores.NONE)
                        ? "scores of tokens"
                        : limits.speculation().most() > 0
                                ? "guesses"
                                : limits.chain().source() != LogitSource.MODEL
                                        ? limits.chain().source().toString()
                                        : "";
        if (!unheeded.isEmpty()) {
            throw new IllegalArgumentException(
                    "beam search looks for the most probable text by itself, and does not go with " + unheeded);
        }
    }

    private final class Search implements AutoCloseable {
        private final List<List<Beam>> groups = new ArrayList<>();
        private final List<List<Hypothesis>> ended = new ArrayList<>();
        private final Set<Integer> endOfText = generator.endOfText();
        private final SplittableRandom random;
        private final Batch batch = new Batch();
        private final WhenFull whenFull;

        /** Every group begins with the prompt's sequence, whose next token has {@code logits}. */
        Search(Sequence prompt, float[] logits, long seed, WhenFull whenFull, @Nullable Guide guide) {
            this.whenFull = whenFull;
            random = new SplittableRandom(seed);
            int[] chosen = new int[logits.length];
            for (int g = 0; g < options.groups(); g++) {
                ended.add(new ArrayList<>());
                Beam start = new Beam(prompt.fork(), new int[0], 0, 0, guide);
                groups.add(choose(g, candidates(List.of(start), List.of(logits), chosen), chosen));
                start.sequence().close();
            }
        }

        /** Processes all beams' last tokens, and lets each group choose its next beams. */
        void step() {
            batch.clear();
            for (List<Beam> group : groups) {
                for (Beam beam : group) {
                    whenFull.makeRoom(beam.sequence(), 1);
                    batch.add(
                            beam.sequence(),
                            beam.tokens(),
                            beam.tokens().length - 1,
                            beam.tokens().length,
                            Batch.Output.LAST);
                }
            }
            Matrix logits = engine.forward(batch);
            int[] chosen = new int[logits.cols()];
            int row = 0;
            for (int g = 0; g < groups.size(); g++) {
                List<Beam> old = groups.get(g);
                List<float[]> rows = new ArrayList<>();
                for (int i = 0; i < old.size(); i++) {
                    rows.add(logits.toArray(row++));
                }
                groups.set(g, choose(g, candidates(old, rows, chosen), chosen));
                old.forEach(beam -> beam.sequence().close());
            }
        }

        /** Ends the groups to whose texts nothing better can come; false where none is left. */
        boolean goesOn(int length, int most) {
            boolean going = false;
            for (int g = 0; g < groups.size(); g++) {
                if (isDone(g, length, most)) {
                    groups.get(g).forEach(beam -> beam.sequence().close());
                    groups.set(g, List.of());
                }
                going |= !groups.get(g).isEmpty();
            }
            return going;
        }

        /** The best continuations of a group's beams: enough for all its beams, should as many be ends of text. */
        private List<Candidate> candidates(List<Beam> beams, List<float[]> logits, int[] chosen) {
            int wanted = (1 + endOfText.size()) * beamsOfGroup();
            List<Candidate> all = new ArrayList<>();
            for (int i = 0; i < beams.size(); i++) {
                Beam beam = beams.get(i);
                float[] row = logits.get(i);
                double[] keys = new double[row.length];
                double total = LogProbabilities.normalizer(row);
                if (beam.guide() != null) {
                    beam.guide().mask(row);
                }
                for (int t = 0; t < row.length; t++) {
                    keys[t] = options.temperature() == 0
                            ? row[t] - total - options.diversity() * chosen[t]
                            : (row[t] - total) / options.temperature() - options.diversity() * chosen[t] + gumbel();
                }
                for (int t : greatest(keys, wanted)) {
                    if (row[t] == Float.NEGATIVE_INFINITY) {
                        continue; // not allowed
                    }
                    double log = row[t] - total;
                    // Drawn continuations are compared by their own probability; the noise only chose them.
                    double step = options.temperature() == 0 ? keys[t] : log - options.diversity() * chosen[t];
                    all.add(new Candidate(beam, i, t, beam.logProbability() + log, beam.score() + step));
                }
            }
            all.sort(Comparator.comparingDouble(Candidate::score)
                    .reversed()
                    .thenComparingInt(Candidate::row)
                    .thenComparingInt(Candidate::token));
            return all;
        }

        private double gumbel() {
            return -Math.log(-Math.log(random.nextDouble(Double.MIN_NORMAL, 1)));
        }

        /** Ends count only among the best, as others would have been cut off as well. */
        private List<Beam> choose(int group, List<Candidate> candidates, int[] chosen) {
            List<Beam> next = new ArrayList<>();
            for (int rank = 0; rank < candidates.size() && next.size() < beamsOfGroup(); rank++) {
                Candidate c = candidates.get(rank);
                int[] tokens = append(c.beam().tokens(), c.token());
                Guide guide = c.beam().guide();
                if (guide != null) {
                    guide = guide.fork();
                    guide.accept(c.token());
                }
                if (endOfText.contains(c.token()) || (guide != null && guide.isOver())) {
                    if (rank < beamsOfGroup() || guide != null) {
                        end(group, tokens, c.logProbability(), c.score(), true);
                    }
                } else {
                    chosen[c.token()]++;
                    next.add(new Beam(c.beam().sequence().fork(), tokens, c.logProbability(), c.score(), guide));
                }
            }
            return next;
        }

        private void end(int group, int[] tokens, double logProbability, double score, boolean byModel) {
            List<Hypothesis> best = ended.get(group);
            best.add(new Hypothesis(tokens, "", logProbability, normalized(score, tokens.length), byModel));
            best.sort(Comparator.comparingDouble(Hypothesis::score).reversed());
            if (best.size() > beamsOfGroup()) {
                best.removeLast();
            }
        }

        /** Whether nothing better can come to a group's texts after beams of {@code length} tokens. */
        private boolean isDone(int group, int length, int most) {
            List<Hypothesis> best = ended.get(group);
            if (groups.get(group).isEmpty() || options.stopping() == Stopping.EARLY) {
                return groups.get(group).isEmpty() || best.size() == beamsOfGroup();
            }
            // A positive penalty favours the longest text, where the same sum weighs least.
            int at = options.stopping() == Stopping.NEVER && options.lengthPenalty() > 0 ? most : length;
            double hope = normalized(groups.get(group).getFirst().score(), at);
            return best.size() == beamsOfGroup() && best.getLast().score() >= hope;
        }

        List<Hypothesis> results(int[] prompt, boolean continues) {
            List<Hypothesis> all = new ArrayList<>();
            for (int g = 0; g < groups.size(); g++) {
                for (Beam beam : groups.get(g)) {
                    if (beam.guide() == null || beam.guide().mayEnd()) {
                        end(g, beam.tokens(), beam.logProbability(), beam.score(), false);
                    }
                }
                all.addAll(ended.get(g));
            }
            all.sort(Comparator.comparingDouble(Hypothesis::score).reversed());
            return all.stream()
                    .limit(options.results())
                    .map(h -> new Hypothesis(
                            h.tokens(),
                            generator.text(continues ? prompt : new int[0], h.tokens()),
                            h.logProbability(),
                            h.score(),
                            h.ended()))
                    .toList();
        }

        @Override
        public void close() {
            groups.forEach(group -> group.forEach(beam -> beam.sequence().close()));
        }

        private int beamsOfGroup() {
            return options.beams() / options.groups();
        }
    }

    private double normalized(double sum, int length) {
        return sum / Math.pow(length, options.lengthPenalty());
    }

    private static int[] append(int[] tokens, int token) {
        int[] all = Arrays.copyOf(tokens, tokens.length + 1);
        all[tokens.length] = token;
        return all;
    }

    /** The indices of the {@code n} greatest keys; ties go to the lower index. */
    private static int[] greatest(double[] keys, int n) {
        IntSequence best = new IntSequence(n);
        int[] heap = new int[Math.min(n, keys.length)];
        int size = 0;
        for (int i = 0; i < keys.length; i++) {
            if (size < heap.length) {
                heap[size++] = i;
            } else if (keys[i] > keys[heap[size - 1]]) {
                heap[size - 1] = i;
            } else {
                continue;
            }
            for (int j = size - 1; j > 0 && keys[heap[j]] > keys[heap[j - 1]]; j--) {
                int swap = heap[j];
                heap[j] = heap[j - 1];
                heap[j - 1] = swap;
            }
        }
        for (int i = 0; i < size; i++) {
            best.add(heap[i]);
        }
        return best.toArray();
    }
}
