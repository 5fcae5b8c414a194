package dev.keiryo.generate;

import dev.keiryo.generate.TokenScore.Alternative;
import java.util.ArrayList;
import java.util.List;

/** Log-probabilities from logits. */
public final class LogProbabilities {
    private LogProbabilities() {}

    /** {@code log softmax(logits)[id]}, in nats. */
    public static double of(float[] logits, int id) {
        return logits[id] - normalizer(logits);
    }

    /** {@code log Σ exp(l)} of all {@code logits}. */
    public static double normalizer(float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return max + Math.log(sum);
    }

    /** The ids of the {@code n} greatest logits, greatest first; of equals the lower id first. */
    public static int[] greatest(float[] logits, int n) {
        Candidates candidates = new Candidates();
        candidates.load(logits);
        candidates.rank(n);
        int[] ids = new int[Math.min(n, candidates.count())];
        for (int r = 0; r < ids.length; r++) {
            ids[r] = candidates.id(candidates.ranked(r));
        }
        return ids;
    }

    /** The score of {@code id} under {@code logits [vocab]}, with the {@code n} most probable tokens. */
    public static TokenScore score(float[] logits, int id, int n) {
        double normalizer = normalizer(logits);
        List<Alternative> top = new ArrayList<>(n);
        for (int other : n == 0 ? new int[0] : greatest(logits, n)) {
            top.add(new Alternative(other, logits[other] - normalizer));
        }
        return new TokenScore(id, logits[id] - normalizer, top);
    }
}
