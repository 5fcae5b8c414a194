package dev.keiryo.train.tape;

import static java.util.Objects.requireNonNull;

import dev.keiryo.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A result on the tape: its numbers, as long as somebody needs them, and the gradient of the loss by them, once somebody
 * has added to it.
 */
final class Node<M extends Tensor> implements Recorded<M> {
    private final int rows;
    private final int cols;
    /** Whether anything that is trained lies behind: gradients are led no further where not. */
    final boolean wanted;

    /** Null once given back. */
    @Nullable
    M value;

    @Nullable
    M gradient;
    /** Whether the value belongs to another node. */
    boolean borrowed;
    /** Whether somebody reads the value on the way back. */
    boolean kept;
    /** Whether the value is never rounded. */
    boolean exact;
    /** The value in bfloat16; null where it was not stored so. */
    @Nullable
    M narrow;
    /** Computes a value that was given back once more; null where that is not cheap. */
    @Nullable
    Runnable again;
    /** Adds to the gradients of what this was made from. */
    @Nullable
    Runnable back;

    Node(int rows, int cols, boolean wanted) {
        this.rows = rows;
        this.cols = cols;
        this.wanted = wanted;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int cols() {
        return cols;
    }

    /** The numbers, computed once more where they were given back. */
    M value() {
        if (value == null && again != null) {
            again.run();
        }
        return requireNonNull(value, "a result was let go of that is still needed");
    }

    /** The gradient, which is there while {@link #back} runs. */
    M gradient() {
        return requireNonNull(gradient);
    }

    @Override
    public String toString() {
        return "[" + rows + ", " + cols + "]";
    }
}
