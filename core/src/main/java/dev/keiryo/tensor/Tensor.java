package dev.keiryo.tensor;

/**
 * What flows through a forward pass: a matrix {@code [rows, cols]} whose numbers belong to the interpreter of the
 * operations that made it. A row is a token.
 */
public interface Tensor {
    int rows();

    int cols();
}
