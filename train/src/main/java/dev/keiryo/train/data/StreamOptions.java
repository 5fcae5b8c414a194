package dev.keiryo.train.data;

/**
 * How tokens become batches.
 *
 * @param context tokens of a window, and the most that a document has in a batch; at least 2
 * @param windows windows of a batch
 * @param packing what is in a window
 * @param seed of the order of windows, which is another in each epoch
 */
public record StreamOptions(int context, int windows, Packing packing, long seed) {
    /** What is in a window. */
    public enum Packing {
        /** The next tokens, whatever document they are of; what is cut goes on in another window. All but the last window are full. */
        CONCATENATE,
        /** Whole documents, chosen so that little room is left; only those longer than a window are cut. */
        BEST_FIT
    }

    public StreamOptions {
        if (context < 2 || windows < 1 || (long) context * windows > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException(
                    "a batch has at least one window of at least 2 tokens, and fewer than 2^30" + " tokens, not "
                            + windows + " of " + context);
        }
    }

    /** Tokens of a batch at most. */
    public int tokens() {
        return context * windows;
    }
}
