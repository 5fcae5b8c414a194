package dev.keiryo.generate;

import java.util.stream.IntStream;

/** Log-probabilities from logits. */
public final class LogProbabilities {
    private LogProbabilities() {}

    /** {@code log softmax(logits)[id]}, in nats. */
    public static double of(float[] logits, int id) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return logits[id] - max - Math.log(sum);
    }

    /** The ids of the {@code n} greatest logits, greatest first; of equals the lower id first. */
    public static int[] greatest(float[] logits, int n) {
        return IntStream.range(0, logits.length)
                .boxed()
                .sorted((a, b) -> Float.compare(logits[b], logits[a]))
                .limit(n)
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
