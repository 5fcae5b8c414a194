package dev.keiryo.train.tape;

/**
 * How a forward pass is recorded.
 *
 * @param checkpointedLayers of how many layers, the first ones, only the input is kept: they are computed again on the way back.
 *     Chen et al. 2016, arXiv:1604.06174
 * @param dropout of what enters the first layer, of attention's weights, and of what each residual sum adds; 0 for none
 * @param context tokens that a text may grow to, which ropes that depend on it are made for
 * @param logitBytes of logits that may be in memory at once
 * @param experts how mixtures of experts are kept balanced
 */
public record TapeOptions(int checkpointedLayers, double dropout, int context, long logitBytes, ExpertOptions experts) {
    public TapeOptions {
        if (checkpointedLayers < 0 || context < 1 || logitBytes < 1 || !(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("checkpointed layers " + checkpointedLayers + ", dropout " + dropout
                    + ", context " + context + ", bytes of logits " + logitBytes);
        }
    }

    /** All is kept, nothing dropped, 64 MiB of logits. */
    public static TapeOptions of(int context) {
        return new TapeOptions(0, 0, context, 64L << 20, ExpertOptions.NONE);
    }

    public TapeOptions withCheckpointedLayers(int layers) {
        return new TapeOptions(layers, dropout, context, logitBytes, experts);
    }

    public TapeOptions withDropout(double p) {
        return new TapeOptions(checkpointedLayers, p, context, logitBytes, experts);
    }

    public TapeOptions withLogitBytes(long bytes) {
        return new TapeOptions(checkpointedLayers, dropout, context, bytes, experts);
    }

    public TapeOptions withExperts(ExpertOptions newExperts) {
        return new TapeOptions(checkpointedLayers, dropout, context, logitBytes, newExperts);
    }
}
