package dev.keiryo.engine;

import static java.util.Objects.requireNonNull;

import dev.keiryo.kernel.Hadamard;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import org.jspecify.annotations.Nullable;

/** {@link Hadamard}'s transform of the heads of a batch's rows, all threads sharing them. */
final class HeadTransform implements Workers.Part {
    private final Workers workers;
    /** Room for a head, for each thread. */
    private float[][] heads = new float[0][0];

    private @Nullable Matrix x;
    private @Nullable Matrix y;
    private int dim;
    private boolean inverse;

    HeadTransform(Workers workers) {
        this.workers = workers;
    }

    /** Writes the heads of {@code newDim} numbers of {@code newX}, transformed, to {@code newY}, which may be the same. */
    void apply(Matrix newX, Matrix newY, int newDim, boolean newInverse) {
        if (heads.length == 0 || heads[0].length < newDim) {
            heads = new float[workers.size()][newDim];
        }
        x = newX;
        y = newY;
        dim = newDim;
        inverse = newInverse;
        workers.run(newX.rows(), EagerOps.share(8L * newX.cols()), this);
    }

    @Override
    public void run(int from, int to, int worker) {
        for (int row = from; row < to; row++) {
            Hadamard.transform(requireNonNull(x), requireNonNull(y), row, dim, inverse, heads[worker]);
        }
    }
}
