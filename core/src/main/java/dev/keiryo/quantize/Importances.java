package dev.keiryo.quantize;

import org.jspecify.annotations.Nullable;

/** How much the error of each weight of a model's matrices matters: by the column, the mean square of what it is multiplied by. */
@FunctionalInterface
public interface Importances {
    /** All weights alike. */
    Importances NONE = tensor -> null;

    /**
     * The importance of each column of {@code tensor}, GGUF's name of it; of stacked experts, of each expert's columns in turn,
     * or of all experts' alike. Null where it is not known. None is negative.
     */
    float @Nullable [] of(String tensor);
}
