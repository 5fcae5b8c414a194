package dev.keiryo.train.optimize;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;

/** Weights that a test makes, with a gradient each. */
final class TestWeights implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final List<Weight> weights = new ArrayList<>();
    private final Map<String, Matrix> gradients = new LinkedHashMap<>();

    TestWeights add(String name, long... shape) {
        long count = 1;
        for (long d : shape) {
            count *= d;
        }
        Weight w = new Weight(name, TensorType.F32, shape, arena.allocate(4 * count, 64));
        weights.add(w);
        gradients.put(name, Matrix.zeros(arena, w.rows(), w.cols()));
        return this;
    }

    List<Weight> all() {
        return weights;
    }

    Map<String, Matrix> gradients() {
        return gradients;
    }

    void fill(DoubleSupplier values) {
        weights.forEach(w -> fill(w.data(), values));
    }

    void fillGradients(DoubleSupplier values) {
        gradients.values().forEach(g -> fill(g.data(), values));
    }

    private static void fill(MemorySegment data, DoubleSupplier values) {
        for (long i = 0; i < data.byteSize() / 4; i++) {
            data.setAtIndex(Matrix.F32, i, (float) values.getAsDouble());
        }
    }

    Optimizer optimizer(String options, double decay, Workers workers) {
        return OptimizerOptions.parse(options)
                .create(ParameterGroup.assign(weights, ParameterGroup.usual(decay)), workers);
    }

    /** All numbers, one tensor after another. */
    float[] values() {
        int n = 0;
        for (Weight w : weights) {
            n += (int) w.count();
        }
        float[] out = new float[n];
        int at = 0;
        for (Weight w : weights) {
            MemorySegment.copy(w.data(), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, out, at, (int) w.count());
            at += (int) w.count();
        }
        return out;
    }

    @Override
    public void close() {
        arena.close();
    }
}
