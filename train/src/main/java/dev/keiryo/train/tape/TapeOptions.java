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
 * @param storage of what the way back reads of a layer, from the layer's end on; all arithmetic is in float32
 */
public record TapeOptions(
        int checkpointedLayers, double dropout, int context, long logitBytes, ExpertOptions experts, Storage storage) {
    /** How results are kept for the way back. */
    public enum Storage {
        F32,
        /** Rounded to the nearest, ties to even: half the memory. */
        BF16
    }

    public TapeOptions {
        if (checkpointedLayers < 0 || context < 1 || logitBytes < 1 || !(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("checkpointed layers " + checkpointedLayers + ", dropout " + dropout
                    + ", context " + context + ", bytes of logits " + logitBytes);
        }
    }

    /** All is kept, nothing dropped, 64 MiB of logits. */
    public static TapeOptions of(int context) {
        return new TapeOptions(0, 0, context, 64L << 20, ExpertOptions.NONE, Storage.F32);
    }

    public TapeOptions withCheckpointedLayers(int layers) {
        return new TapeOptions(layers, dropout, context, logitBytes, experts, storage);
    }

    public TapeOptions withDropout(double p) {
        return new TapeOptions(checkpointedLayers, p, context, logitBytes, experts, storage);
    }

    public TapeOptions withLogitBytes(long bytes) {
        return new TapeOptions(checkpointedLayers, dropout, context, bytes, experts, storage);
    }

    public TapeOptions withExperts(ExpertOptions newExperts) {
        return new TapeOptions(checkpointedLayers, dropout, context, logitBytes, newExperts, storage);
    }

    public TapeOptions withStorage(Storage newStorage) {
        return new TapeOptions(checkpointedLayers, dropout, context, logitBytes, experts, newStorage);
    }
}
