package dev.keiryo.calibrate;

import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Gathers {@link InputStatistics} of a model's linear layers while it runs: give {@link #wrap} to
 * {@link dev.keiryo.engine.Engine#forward}. Parts of a fused matrix have one input, which counts once; each expert of a mixture has its own.
 * Gram matrices take {@code 8·in²} bytes for each layer that they are asked for: where not all fit, ask for some layers in each of
 * several runs.
 */
public final class InputObserver implements AutoCloseable {
    private final Predicate<MatrixName> observed;
    private final Predicate<MatrixName> grams;
    private final GramProducts products;
    private final Map<MatrixName, InputStatistics> statistics = new LinkedHashMap<>();
    private float[] values = {};

    /**
     * @param observed which matrices
     * @param grams for which of them {@link InputStatistics#gram}, too
     * @param workers share the work, remain their owner's, and are not those that compute the model
     */
    public InputObserver(
            Predicate<MatrixName> observed, Predicate<MatrixName> grams, Kernels kernels, Workers workers) {
        this.observed = observed;
        this.grams = grams;
        this.products = new GramProducts(kernels, workers);
    }

    /** What passes through {@code inner} is counted. */
    public Ops wrap(Ops inner) {
        return new ForwardingOps(inner) {
            @Override
            public Tensor linear(Linear layer, Tensor x) {
                take(layer.weight(), (Matrix) x);
                return super.linear(layer, x);
            }
        };
    }

    /** Of {@code weight}, or of the matrix that it is a part of; null where no token has come to it. */
    public @Nullable InputStatistics of(Weight weight) {
        MatrixName name = MatrixName.of(weight.name());
        return statistics.get(new MatrixName(name.tensor(), name.expert(), 0));
    }

    /** All there are, in the order in which they were first met. */
    public Map<MatrixName, InputStatistics> all() {
        return Collections.unmodifiableMap(statistics);
    }

    /** Forgets those of {@code names}. */
    public void forget(Collection<MatrixName> names) {
        statistics.keySet().removeAll(names);
    }

    private void take(Weight weight, Matrix x) {
        MatrixName name = MatrixName.of(weight.name());
        if (name.from() > 0 || x.rows() == 0 || !observed.test(name)) {
            return;
        }
        InputStatistics of = statistics.computeIfAbsent(name, n -> new InputStatistics(x.cols(), grams.test(name)));
        int count = Math.multiplyExact(x.rows(), x.cols());
        if (values.length < count) {
            values = new float[count];
        }
        MemorySegment.copy(x.data(), Matrix.F32, 0, values, 0, count);
        of.add(values, x.rows());
        if (of.gram != null) {
            products.add(x, of.gram);
        }
    }

    @Override
    public void close() {
        products.close();
    }
}
