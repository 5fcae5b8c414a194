package dev.keiryo.tensor;

import org.jspecify.annotations.Nullable;

/**
 * The parameters of an RMS or layer normalization over groups of {@code weight.cols()} numbers: whole rows where the
 * weight is as wide as the row, each head alone where it is as wide as a head.
 *
 * @param weight {@code [1, n]}
 * @param bias {@code [1, n]}, or null
 * @param epsilon added to the variance (or mean square)
 */
public record Norm(Matrix weight, @Nullable Matrix bias, float epsilon) {
    public int width() {
        return weight.cols();
    }
}
