package dev.keiryo.train;

import dev.keiryo.train.data.TokenBatch;
import dev.keiryo.train.data.TokenStream;

/**
 * Windows of a file of tokens in the order that its stream decides, each token once in an epoch.
 *
 * @param parts of a step
 */
public record StreamedWindows(TokenStream stream, int parts) implements TokenSource {
    @Override
    public TokenBatch get(long step, int part) {
        return stream.batch(step * parts + part);
    }

    /** Batches to measure losses on: at most {@code most} of the file, evenly over all of it, so that they have something of every source. */
    public static TokenBatch[] inOrder(TokenStream stream, int most) {
        long batches = stream.steps();
        TokenBatch[] chosen = new TokenBatch[(int) Math.min(most, batches)];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = stream.inOrder(i * batches / chosen.length);
        }
        return chosen;
    }
}
