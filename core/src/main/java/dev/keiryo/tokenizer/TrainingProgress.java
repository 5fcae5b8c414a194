package dev.keiryo.tokenizer;

/** Told how far a training has come, from the thread that called it. */
@FunctionalInterface
public interface TrainingProgress {
    /** Nobody wants to know. */
    TrainingProgress SILENT = (stage, done, total) -> {};

    /**
     * @param stage what is being done, e.g. {@code merges}
     * @param done units done in this stage: bytes of text, merges, pieces
     * @param total units of this stage, or -1 where not known
     */
    void update(String stage, long done, long total);
}
