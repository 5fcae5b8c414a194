package dev.keiryo.train.data;

import dev.keiryo.train.tape.TrainBatch;
import java.util.Arrays;

/**
 * Tokens of one or several documents for a step, and what follows each. A row is a token.
 *
 * @param ids {@code [tokens]}
 * @param starts where each document, or piece of one, begins; ascending from 0
 * @param targets {@code [tokens]} the token that follows in the same document; of no meaning where the weight is 0
 * @param weights {@code [tokens]} 1, or 0 for a document's last token
 */
public record TokenBatch(int[] ids, int[] starts, int[] targets, float[] weights) {
    /** The rows whose weight is not 0, ascending. */
    public int[] outputs() {
        int[] rows = new int[ids.length];
        int n = 0;
        for (int i = 0; i < ids.length; i++) {
            if (weights[i] != 0) {
                rows[n++] = i;
            }
        }
        return Arrays.copyOf(rows, n);
    }

    /** The targets of {@code rows}. */
    public int[] targets(int[] rows) {
        return Arrays.stream(rows).map(r -> targets[r]).toArray();
    }

    /** The weights of {@code rows}. */
    public float[] weights(int[] rows) {
        float[] chosen = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            chosen[i] = weights[rows[i]];
        }
        return chosen;
    }

    /** What a model reads, with results for {@link #outputs}. */
    public TrainBatch batch() {
        return new TrainBatch(ids, starts, outputs());
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof TokenBatch b
                && Arrays.equals(ids, b.ids)
                && Arrays.equals(starts, b.starts)
                && Arrays.equals(targets, b.targets)
                && Arrays.equals(weights, b.weights);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ids) * 31 + Arrays.hashCode(targets);
    }
}
