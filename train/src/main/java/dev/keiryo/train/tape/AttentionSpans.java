package dev.keiryo.train.tape;

import dev.keiryo.model.Attention;
import org.jspecify.annotations.Nullable;

/**
 * One attention over a batch: which keys each query sees. Query i of document d sees those of the keys of document d that the
 * attention's mask lets it see; as positions ascend, these are one stretch.
 *
 * @param queries the batch of the queries
 * @param keys the batch of the keys: the same, or the encoder's
 * @param dropout of the weights, or null
 */
record AttentionSpans(
        Attention attention,
        TrainBatch queries,
        TrainBatch keys,
        @Nullable Dropout dropout) {
    AttentionSpans {
        if (queries.documents() != keys.documents()) {
            throw new IllegalArgumentException(
                    queries.documents() + " texts cannot attend to " + keys.documents() + " others");
        }
    }

    /** The first key's row that query {@code row} of document {@code d} sees. */
    int from(int d, int row) {
        int window = attention.window();
        return keys.start(d) + (window > 0 ? Math.max(0, queries.position(row) - window + 1) : 0);
    }

    /** Behind the last key's row that query {@code row} of document {@code d} sees. */
    int to(int d, int row) {
        int end = keys.start(d + 1);
        return attention.causal() ? Math.min(end, keys.start(d) + queries.position(row) + 1) : end;
    }

    /** What the weight of a key for a query is multiplied by. */
    double kept(int head, int query, int key) {
        return dropout == null ? 1 : dropout.factor(((long) head * queries.count() + query) * keys.count() + key);
    }
}
