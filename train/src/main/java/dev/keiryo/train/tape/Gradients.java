package dev.keiryo.train.tape;

import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The gradient of the loss by each trained parameter, summed over all ways back since {@link #clear}. */
public final class Gradients<M extends Tensor> {
    private final Arithmetic<M> arithmetic;
    private final Parameters parameters;
    private final Map<String, M> all = new LinkedHashMap<>();

    Gradients(Arithmetic<M> arithmetic, Parameters parameters) {
        this.arithmetic = arithmetic;
        this.parameters = parameters;
        for (Weight w : parameters.trained()) {
            all.put(w.name(), arithmetic.take(w.rows(), w.cols()));
        }
        clear();
    }

    /** All zeros. */
    public void clear() {
        all.values().forEach(arithmetic::zero);
    }

    /** By parameter, {@code [rows, cols]} as the parameter's. */
    public Map<String, M> all() {
        return all;
    }

    /** The gradient by a view of a parameter, seen as {@code [rows, cols]}; null where it is not trained. */
    @Nullable
    M of(MemorySegment data, int rows, int cols) {
        Parameters.Part part = parameters.find(data);
        M gradient = part == null ? null : all.get(part.parameter().name());
        return part == null || gradient == null ? null : arithmetic.view(gradient, part.from(), rows, cols);
    }

    @Nullable
    M of(Weight w) {
        return of(w.data(), w.rows(), w.cols());
    }
}
