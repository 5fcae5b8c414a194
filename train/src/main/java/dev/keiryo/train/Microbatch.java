package dev.keiryo.train;

import dev.keiryo.train.data.TokenBatch;
import dev.keiryo.train.tape.TrainBatch;
import org.jspecify.annotations.Nullable;

/**
 * What one forward and backward pass learns from.
 *
 * @param source of encoder-decoders: the texts to encode; else null
 * @param tokens the texts; their outputs are the rows that count
 * @param targets what each row that counts should say
 * @param weights how much each counts
 */
public record Microbatch(@Nullable TrainBatch source, TrainBatch tokens, int[] targets, float[] weights) {
    public Microbatch {
        if (targets.length != tokens.outputs() || weights.length != tokens.outputs()) {
            throw new IllegalArgumentException(tokens.outputs() + " rows count, but " + targets.length
                    + " have targets and " + weights.length + " weights");
        }
    }

    /** The rows of {@code batch} that count, with their targets. */
    public static Microbatch of(TokenBatch batch) {
        int[] rows = batch.outputs();
        return new Microbatch(
                null, new TrainBatch(batch.ids(), batch.starts(), rows), batch.targets(rows), batch.weights(rows));
    }

    /** All tokens that are read. */
    public int count() {
        return tokens.count() + (source == null ? 0 : source.count());
    }

    /** The sum of the weights. */
    public double total() {
        double sum = 0;
        for (float w : weights) {
            sum += w;
        }
        return sum;
    }
}
