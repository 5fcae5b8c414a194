package dev.keiryo.prune;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Weight;
import org.jspecify.annotations.Nullable;

/** What the inputs x of matrices were in some forward passes. */
interface InputStatistics {
    /** {@code Σ_tokens x_j²} of each column j; null where no token has come to the matrix (an expert that was never chosen). */
    double @Nullable [] squares(Weight matrix) throws FormatException;

    /** {@code Σ_tokens x·xᵀ [cols, cols]}, to be had once; null likewise. */
    double @Nullable [] gram(Weight matrix) throws FormatException;
}
