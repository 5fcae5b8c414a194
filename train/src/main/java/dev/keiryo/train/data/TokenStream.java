package dev.keiryo.train.data;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Batches for training from a file of tokens, in an order that the seed decides. The batch of a step follows from file, options and step alone: whoever goes on at step s after a
 * restart gets the same bits. In each epoch every token comes once, and every pair of neighbours in a document is once row and target.
 *
 * <p>Documents in a batch do not see each other: {@link TokenBatch#starts}. A document that is longer than a window, or (concatenated) lies across its end, goes on elsewhere as a document
 * of its own.
 *
 * <p>Immutable and thread-safe.
 */
public final class TokenStream {
    private final TokenFile file;
    private final StreamOptions options;
    private final @Nullable BestFit packed;
    private final long windows;

    /**
     * @param file borrowed
     * @throws IllegalArgumentException where the file has no tokens
     */
    public TokenStream(TokenFile file, StreamOptions options) {
        if (file.tokens() == 0) {
            throw new IllegalArgumentException(file.source() + " has no tokens");
        }
        this.file = file;
        this.options = options;
        packed = options.packing() == StreamOptions.Packing.BEST_FIT ? new BestFit(file, options.context()) : null;
        windows = packed == null ? Math.ceilDiv(file.tokens(), options.context()) : packed.windows();
    }

    /** Windows of an epoch. */
    public long windows() {
        return windows;
    }

    /** Steps that an epoch takes, the last one perhaps together with the next epoch's first windows. */
    public long steps() {
        return Math.ceilDiv(windows, options.windows());
    }

    /** The share of the windows' room that tokens take. */
    public double fill() {
        return (double) file.tokens() / windows / options.context();
    }

    /** The batch of step {@code step}, from 0. Steps go on without end, epoch after epoch. */
    public TokenBatch batch(long step) {
        return collect(Math.multiplyExact(step, (long) options.windows()), options.windows(), true);
    }

    /**
     * Windows in the order of the file, not shuffled: for validation.
     *
     * @param index of a batch, from 0 to {@link #steps} - 1; the last one may have fewer windows
     */
    public TokenBatch inOrder(long index) {
        long from = index * options.windows();
        if (index < 0 || from >= windows) {
            throw new IllegalArgumentException("batch " + index + " of " + steps());
        }
        return collect(from, (int) Math.min(options.windows(), windows - from), false);
    }

    private TokenBatch collect(long from, int count, boolean shuffled) {
        Rows rows = new Rows(options.context() * count);
        Permutation order = null;
        long epoch = -1;
        for (long w = from; w < from + count; w++) {
            if (shuffled && (order == null || w / windows != epoch)) {
                epoch = w / windows;
                order = new Permutation(windows, Mix.mix(options.seed(), epoch));
            }
            add(order == null ? w : order.at(w % windows), rows);
        }
        return rows.batch();
    }

    private void add(long window, Rows rows) {
        if (packed != null) {
            for (int p = packed.pieces((int) window); p < packed.pieces((int) window + 1); p++) {
                long first = packed.first(p);
                long document = file.document(first);
                rows.add(document, first, Math.min(file.start(document + 1), first + options.context()));
            }
            return;
        }
        long end = Math.min(file.tokens(), (window + 1) * options.context());
        long document = file.document(window * options.context());
        for (long at = window * options.context(); at < end; document++) {
            long to = Math.min(end, file.start(document + 1));
            rows.add(document, at, to);
            at = to;
        }
    }

    /** A batch that is being made. */
    private final class Rows {
        private final int[] ids;
        private final int[] targets;
        private final float[] weights;
        private final int[] starts;
        private int count;
        private int documents;

        Rows(int most) {
            ids = new int[most];
            targets = new int[most];
            weights = new float[most];
            starts = new int[most];
        }

        void add(long document, long from, long to) {
            starts[documents++] = count;
            long last = file.start(document + 1) - 1;
            for (long token = from; token < to; token++) {
                ids[count] = file.id(token);
                if (token < last) {
                    targets[count] = file.id(token + 1);
                    weights[count] = 1;
                }
                count++;
            }
        }

        TokenBatch batch() {
            return new TokenBatch(
                    Arrays.copyOf(ids, count),
                    Arrays.copyOf(starts, documents),
                    Arrays.copyOf(targets, count),
                    Arrays.copyOf(weights, count));
        }
    }
}
