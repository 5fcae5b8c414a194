package dev.keiryo.generate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/** Several texts for one prompt, written at the same time, each with a seed of its own, and ways to choose among them. */
public final class BestOf {
    private BestOf() {}

    /**
     * Writes {@code n} texts, with the seeds {@code options.seed(), options.seed() + 1, …}.
     *
     * @throws IllegalArgumentException where the prompt does not fit the context, or the model cannot generate
     */
    public static List<Generation> sample(Scheduler scheduler, int[] prompt, GenerateOptions options, int n) {
        if (n < 1) {
            throw new IllegalArgumentException("the number of texts should be at least 1, but is " + n);
        }
        GenerateOptions.Scores scores = options.scores();
        GenerateOptions scored =
                options.withScores(new GenerateOptions.Scores(true, scores.prompt(), scores.alternatives()));
        List<Scheduler.Ticket> tickets = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            tickets.add(scheduler.submit(prompt, scored.withSeed(options.seed() + i), text -> true));
        }
        try {
            return tickets.stream().map(t -> t.result().join()).toList();
        } catch (CompletionException e) {
            tickets.forEach(Scheduler.Ticket::cancel);
            throw e;
        }
    }

    /** {@code (log p1 + … + log pn) / n} of a text's tokens, by the model itself; the scores must have been asked for. */
    public static double meanLogProbability(Generation text) {
        if (text.scores().size() != text.tokens().length) {
            throw new IllegalArgumentException("the text has no scores; ask for them in its options");
        }
        return text.scores().stream()
                .mapToDouble(TokenScore::logProbability)
                .average()
                .orElse(0);
    }

    /** The texts by their {@link #meanLogProbability}, the most probable first. */
    public static List<Generation> ranked(List<Generation> texts) {
        return texts.stream()
                .sorted(Comparator.comparingDouble(BestOf::meanLogProbability).reversed())
                .toList();
    }

    /**
     * The answers that texts come to.
     *
     * @param answer the one that most came to; of equals, the one met first
     * @param count how many did
     * @param all answers and their counts, in the order in which they were met
     */
    public record Vote(String answer, int count, Map<String, Integer> all) {}

    /**
     * Self-consistency (Wang et al., arXiv 2203.11171): several chains of thought, one answer by majority.
     *
     * @param answer what a text comes to, or nothing
     * @return nothing where no text comes to an answer
     */
    public static Optional<Vote> vote(List<Generation> texts, Function<String, Optional<String>> answer) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Generation text : texts) {
            answer.apply(text.text()).ifPresent(a -> counts.merge(a, 1, Integer::sum));
        }
        // max() would take the last of equals.
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .findFirst()
                .map(e -> new Vote(e.getKey(), e.getValue(), counts));
    }
}
