package dev.keiryo.train;

import dev.keiryo.train.data.TokenStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Windows of a file of tokens in the order that its stream decides, each token once in an epoch.
 *
 * @param parts of a step
 */
public record StreamedWindows(TokenStream stream, int parts) implements Batches {
    @Override
    public Microbatch get(long step, int part) {
        return Microbatch.nextTokens(stream.batch(step * parts + part));
    }

    /**
     * Batches to measure losses on: at most {@code most} of the file, evenly over all of it, so that they have something of every
     * source. Those in which nothing follows anything are left out.
     */
    public static Microbatch[] inOrder(TokenStream stream, int most) {
        long batches = stream.steps();
        long chosen = Math.min(most, batches);
        List<Microbatch> all = new ArrayList<>();
        for (long i = 0; i < chosen; i++) {
            Microbatch b = Microbatch.nextTokens(stream.inOrder(i * batches / chosen));
            if (b.total() > 0) {
                all.add(b);
            }
        }
        return all.toArray(Microbatch[]::new);
    }
}
