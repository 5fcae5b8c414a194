package dev.keiryo.calibrate;

import dev.keiryo.tensor.Weight;
import java.util.Arrays;
import java.util.List;

/**
 * Matrices with one input x {@code [tokens, columns]}, and the tensor whose rows x comes from: where those are divided by numbers s and the
 * matrices' columns multiplied by them, the model computes the same.
 *
 * @param matrices in the order in which x meets them, their inputs' columns all the same
 * @param origin a norm's weights, each of its numbers being a row, or a matrix; a bias beside it is divided, too
 * @param rows for each column the origin's row that it comes from: several where heads share their values
 */
record InputGroup(List<Weight> matrices, Weight origin, int[] rows) {
    InputGroup {
        matrices = List.copyOf(matrices);
    }

    /** Rows of the origin, whether it is a matrix or a norm's weights. */
    int originRows() {
        return origin.shape().length < 2 ? origin.cols() : origin.rows();
    }

    int columns() {
        return rows.length;
    }

    /** Of what is known of columns, the mean over all that come from one row. */
    double[] mean(double[] ofColumns) {
        double[] sums = new double[originRows()];
        int[] counts = new int[sums.length];
        for (int j = 0; j < rows.length; j++) {
            sums[rows[j]] += ofColumns[j];
            counts[rows[j]]++;
        }
        double[] means = new double[rows.length];
        Arrays.setAll(means, j -> sums[rows[j]] / counts[rows[j]]);
        return means;
    }

    /** The most over all that come from one row. */
    float[] most(float[] ofColumns) {
        float[] most = new float[originRows()];
        for (int j = 0; j < rows.length; j++) {
            most[rows[j]] = Math.max(most[rows[j]], ofColumns[j]);
        }
        float[] shared = new float[rows.length];
        for (int j = 0; j < rows.length; j++) {
            shared[j] = most[rows[j]];
        }
        return shared;
    }
}
