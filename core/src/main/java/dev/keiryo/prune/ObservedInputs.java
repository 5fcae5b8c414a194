package dev.keiryo.prune;

import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Inputs seen in the forward passes that go through {@link #observe}: sums of squares, and of products where they are asked for. */
final class ObservedInputs implements InputStatistics {
    private final boolean products;
    private final Map<String, double[]> squares = new HashMap<>();
    private final Map<String, double[]> grams = new HashMap<>();

    ObservedInputs(boolean products) {
        this.products = products;
    }

    Ops observe(Ops inner) {
        return new ForwardingOps(inner) {
            @Override
            public Tensor linear(Linear layer, Tensor x) {
                see(layer.weight(), (Matrix) x);
                return super.linear(layer, x);
            }
        };
    }

    private static String key(Weight w) {
        return w.name().replaceFirst("\\[\\d+:\\d+\\]$", "");
    }

    private void see(Weight w, Matrix x) {
        int n = x.cols();
        double[] sums = squares.computeIfAbsent(key(w), k -> new double[n]);
        double[] gram = products ? grams.computeIfAbsent(key(w), k -> new double[n * n]) : null;
        for (int r = 0; r < x.rows(); r++) {
            float[] row = x.toArray(r);
            for (int i = 0; i < n; i++) {
                sums[i] += (double) row[i] * row[i];
                if (gram != null) {
                    for (int j = 0; j < n; j++) {
                        gram[i * n + j] += (double) row[i] * row[j];
                    }
                }
            }
        }
    }

    @Override
    public double @Nullable [] squares(Weight matrix) {
        return squares.get(key(matrix));
    }

    @Override
    public double @Nullable [] gram(Weight matrix) {
        return grams.remove(key(matrix));
    }
}
