package dev.keiryo.prune;

/** Told how far pruning has come. */
@FunctionalInterface
public interface PruneProgress {
    /** @param what is counted: matrices, or tokens of the layer at hand */
    void at(String what, long done, long total);

    PruneProgress NONE = (what, done, total) -> {};
}
