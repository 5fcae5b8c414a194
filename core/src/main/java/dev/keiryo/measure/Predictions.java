package dev.keiryo.measure;

import dev.keiryo.tensor.Matrix;
import java.io.IOException;

/** What predicts: a model, or a file of what one predicted. */
public interface Predictions extends AutoCloseable {
    /** Number of tokens it knows. */
    int vocabulary();

    /**
     * What {@code pass} predicts where it counts, {@code [pass.rows(), vocab]}: logits, or log-probabilities. Valid until the
     * next call. Passes are to be asked for in order.
     */
    Matrix next(Pass pass) throws IOException;

    /** Log-probabilities of this much and below are not known; minus infinity where all are. */
    default double floor() {
        return Double.NEGATIVE_INFINITY;
    }

    @Override
    void close();
}
