package dev.keiryo.tensor;

import org.jspecify.annotations.Nullable;

/**
 * A linear layer {@code y = W·x + b}.
 *
 * @param weight {@code [out, in]}, of any computable type
 * @param bias {@code [1, out]}, or null
 */
public record Linear(Weight weight, @Nullable Matrix bias) {
    public Linear {
        if (bias != null && bias.cols() != weight.rows()) {
            throw new IllegalArgumentException(weight + " has a bias of " + bias.cols());
        }
    }

    /** Length of the input. */
    public int in() {
        return weight.cols();
    }

    /** Length of the output. */
    public int out() {
        return weight.rows();
    }
}
