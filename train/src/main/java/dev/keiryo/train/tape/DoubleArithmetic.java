package dev.keiryo.train.tape;

import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.model.Rope;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Weight;
import org.jspecify.annotations.Nullable;

/** The definition, number by number in double precision: the oracle of all others, itself checked by central differences. */
final class DoubleArithmetic implements Arithmetic<Doubles> {
    @Override
    public Doubles take(int rows, int cols) {
        return Doubles.zeros(rows, cols);
    }

    @Override
    public void give(Doubles m) {
        // So that who reads what was given back is found out.
        java.util.Arrays.fill(m.data(), m.at(), m.at() + m.rows() * m.cols(), Double.NaN);
    }

    @Override
    public long held() {
        return 0;
    }

    @Override
    public Doubles narrow(Doubles x) {
        Doubles y = take(x.rows(), x.cols());
        for (int r = 0; r < x.rows(); r++) {
            for (int c = 0; c < x.cols(); c++) {
                y.put(r, c, Halves.rounded((float) x.get(r, c)));
            }
        }
        return y;
    }

    @Override
    public Doubles widen(Doubles narrow, int rows, int cols) {
        Doubles y = take(rows, cols);
        System.arraycopy(narrow.data(), narrow.at(), y.data(), y.at(), rows * cols);
        return y;
    }

    @Override
    public Doubles view(Doubles m, long from, int rows, int cols) {
        return new Doubles(m.data(), Math.toIntExact(m.at() + from), rows, cols);
    }

    @Override
    public double get(Doubles m, int row, int col) {
        return m.get(row, col);
    }

    @Override
    public void put(Doubles m, int row, int col, double value) {
        m.put(row, col, value);
    }

    @Override
    public void zero(Doubles m) {
        java.util.Arrays.fill(m.data(), m.at(), m.at() + m.rows() * m.cols(), 0);
    }

    /** One number of a result from its place. */
    private interface Cell {
        double at(int row, int col);
    }

    private static void each(Doubles y, boolean add, Cell cell) {
        for (int r = 0; r < y.rows(); r++) {
            for (int c = 0; c < y.cols(); c++) {
                y.put(r, c, cell.at(r, c), add);
            }
        }
    }

    @Override
    public void scale(Doubles x, double s, Doubles y, boolean add) {
        each(y, add, (r, c) -> s * x.get(r, c));
    }

    @Override
    public void sum(Doubles a, Doubles b, Doubles y) {
        each(y, false, (r, c) -> a.get(r, c) + b.get(r, c));
    }

    @Override
    public void drop(Dropout dropout, Doubles x, Doubles y, boolean add) {
        each(y, add, (r, c) -> x.get(r, c) * dropout.factor((long) r * x.cols() + c));
    }

    @Override
    public void embed(Weight table, int[] ids, Doubles y) {
        for (int i = 0; i < ids.length; i++) {
            double[] row = row(table, ids[i]);
            for (int c = 0; c < row.length; c++) {
                y.put(i, c, row[c]);
            }
        }
    }

    private static double[] row(Weight w, int row) {
        float[] values = new float[w.cols()];
        w.decode((long) row * w.cols(), values, 0, w.cols());
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    @Override
    public void embedBack(Doubles dy, int[] ids, Doubles dTable) {
        for (int i = 0; i < ids.length; i++) {
            for (int c = 0; c < dy.cols(); c++) {
                dTable.add(ids[i], c, dy.get(i, c));
            }
        }
    }

    @Override
    public void linear(Linear layer, Doubles x, Doubles y) {
        Matrix bias = layer.bias();
        for (int o = 0; o < layer.out(); o++) {
            double[] w = row(layer.weight(), o);
            for (int r = 0; r < x.rows(); r++) {
                double sum = bias == null ? 0 : bias.get(0, o);
                for (int i = 0; i < w.length; i++) {
                    sum += w[i] * x.get(r, i);
                }
                y.put(r, o, sum);
            }
        }
    }

    @Override
    public void linearBack(Weight w, Doubles dy, Doubles dx, boolean add) {
        if (!add) {
            zero(dx);
        }
        for (int o = 0; o < dy.cols(); o++) {
            double[] row = row(w, o);
            for (int r = 0; r < dy.rows(); r++) {
                for (int i = 0; i < row.length; i++) {
                    dx.add(r, i, dy.get(r, o) * row[i]);
                }
            }
        }
    }

    @Override
    public void linearWeight(Doubles dy, Doubles x, Doubles dw) {
        for (int r = 0; r < dy.rows(); r++) {
            for (int o = 0; o < dy.cols(); o++) {
                for (int i = 0; i < x.cols(); i++) {
                    dw.add(o, i, dy.get(r, o) * x.get(r, i));
                }
            }
        }
    }

    @Override
    public void sumRows(Doubles dy, Doubles db) {
        for (int r = 0; r < dy.rows(); r++) {
            for (int o = 0; o < dy.cols(); o++) {
                db.add(0, o, dy.get(r, o));
            }
        }
    }

    /** Mean (0 where not centered) and 1/√(variance + ε) of the group of {@code n} numbers of a row from {@code c} on. */
    private static double[] moments(Doubles x, int row, int c, int n, boolean centered, float epsilon) {
        double mean = 0;
        for (int i = 0; centered && i < n; i++) {
            mean += x.get(row, c + i) / n;
        }
        double square = 0;
        for (int i = 0; i < n; i++) {
            double d = x.get(row, c + i) - mean;
            square += d * d / n;
        }
        return new double[] {mean, 1 / Math.sqrt(square + epsilon)};
    }

    @Override
    public void norm(Norm norm, boolean centered, Doubles x, Doubles y) {
        int n = norm.width();
        Matrix bias = norm.bias();
        for (int r = 0; r < x.rows(); r++) {
            for (int c = 0; c < x.cols(); c += n) {
                double[] m = moments(x, r, c, n, centered, norm.epsilon());
                for (int i = 0; i < n; i++) {
                    double unit = (x.get(r, c + i) - m[0]) * m[1];
                    y.put(r, c + i, unit * norm.weight().get(0, i) + (bias == null ? 0 : bias.get(0, i)));
                }
            }
        }
    }

    @Override
    public void normBack(
            Norm norm,
            boolean centered,
            Doubles x,
            Doubles dy,
            @Nullable Doubles dx,
            boolean add,
            @Nullable Doubles dw,
            @Nullable Doubles db) {
        int n = norm.width();
        for (int r = 0; r < x.rows(); r++) {
            for (int c = 0; c < x.cols(); c += n) {
                double[] m = moments(x, r, c, n, centered, norm.epsilon());
                double mean = 0;
                double along = 0;
                for (int i = 0; i < n; i++) {
                    double unit = (x.get(r, c + i) - m[0]) * m[1];
                    double d = dy.get(r, c + i) * norm.weight().get(0, i);
                    mean += centered ? d / n : 0;
                    along += d * unit / n;
                    if (dw != null) {
                        dw.add(0, i, dy.get(r, c + i) * unit);
                    }
                    if (db != null) {
                        db.add(0, i, dy.get(r, c + i));
                    }
                }
                for (int i = 0; dx != null && i < n; i++) {
                    double unit = (x.get(r, c + i) - m[0]) * m[1];
                    double d = dy.get(r, c + i) * norm.weight().get(0, i);
                    dx.put(r, c + i, m[1] * (d - mean - unit * along), add);
                }
            }
        }
    }

    @Override
    public void rope(Rope rope, int[] positions, boolean back, Doubles x, Doubles y, boolean add) {
        int pairs = rope.frequencies().length;
        boolean adjacent = rope.layout() == RopeLayout.INTERLEAVED;
        for (int r = 0; r < x.rows(); r++) {
            for (int h = 0; h < x.cols(); h += rope.headDim()) {
                for (int i = 0; i < pairs; i++) {
                    double angle = (double) positions[r] * rope.frequencies()[i] * (back ? -1 : 1);
                    double cos = Math.cos(angle) * rope.magnitude();
                    double sin = Math.sin(angle) * rope.magnitude();
                    int first = h + (adjacent ? 2 * i : i);
                    int second = h + (adjacent ? 2 * i + 1 : i + pairs);
                    double a = x.get(r, first);
                    double b = x.get(r, second);
                    y.put(r, first, a * cos - b * sin, add);
                    y.put(r, second, a * sin + b * cos, add);
                }
                for (int i = 2 * pairs; i < rope.headDim(); i++) {
                    y.put(r, h + i, x.get(r, h + i), add);
                }
            }
        }
    }

    @Override
    public void attend(AttentionSpans spans, Doubles q, Doubles k, Doubles v, Doubles y, Doubles sums) {
        DoubleAttention.forward(spans, q, k, v, y, sums);
    }

    @Override
    public void attendBack(
            AttentionSpans spans,
            Doubles q,
            Doubles k,
            Doubles v,
            Doubles y,
            Doubles sums,
            Doubles dy,
            Doubles dq,
            Doubles dk,
            Doubles dv,
            @Nullable Doubles dBias) {
        DoubleAttention.back(spans, q, k, v, y, sums, dy, dq, dk, dv, dBias);
    }

    @Override
    public void activate(Activation f, Doubles x, Doubles y) {
        each(y, false, (r, c) -> f.of(x.get(r, c)));
    }

    @Override
    public void activateBack(Activation f, Doubles x, Doubles dy, Doubles dx, boolean add) {
        each(dx, add, (r, c) -> f.derivative(x.get(r, c)) * dy.get(r, c));
    }

    @Override
    public void gated(Activation f, Doubles gate, Doubles up, Doubles y) {
        each(y, false, (r, c) -> f.of(gate.get(r, c)) * up.get(r, c));
    }

    @Override
    public void gatedBack(
            Activation f,
            Doubles gate,
            Doubles up,
            Doubles dy,
            @Nullable Doubles dGate,
            boolean addGate,
            @Nullable Doubles dUp,
            boolean addUp) {
        if (dGate != null) {
            each(dGate, addGate, (r, c) -> f.derivative(gate.get(r, c)) * up.get(r, c) * dy.get(r, c));
        }
        if (dUp != null) {
            each(dUp, addUp, (r, c) -> f.of(gate.get(r, c)) * dy.get(r, c));
        }
    }

    @Override
    public void softcap(Doubles x, double cap, Doubles y) {
        each(y, false, (r, c) -> cap * Math.tanh(x.get(r, c) / cap));
    }

    @Override
    public void softcapBack(Doubles y, double cap, Doubles dy, Doubles dx, boolean add) {
        each(dx, add, (r, c) -> (1 - y.get(r, c) * y.get(r, c) / (cap * cap)) * dy.get(r, c));
    }

    @Override
    public void clamp(Doubles x, double limit, Doubles y) {
        each(y, false, (r, c) -> Math.clamp(x.get(r, c), -limit, limit));
    }

    @Override
    public void clampBack(Doubles x, double limit, Doubles dy, Doubles dx, boolean add) {
        each(dx, add, (r, c) -> Math.abs(x.get(r, c)) <= limit ? dy.get(r, c) : 0);
    }

    @Override
    public void gather(Doubles x, int[] rows, int count, Doubles y) {
        each(y, false, (r, c) -> x.get(rows[r], c));
    }

    @Override
    public void addRow(Doubles x, int row, double s, Doubles y, int target) {
        for (int c = 0; c < x.cols(); c++) {
            y.add(target, c, s * x.get(row, c));
        }
    }

    @Override
    public double dotRows(Doubles x, int row, Doubles y, int other) {
        double sum = 0;
        for (int c = 0; c < x.cols(); c++) {
            sum += x.get(row, c) * y.get(other, c);
        }
        return sum;
    }

    @Override
    public double crossEntropy(Doubles z, int[] targets, float[] weights, int from, double s) {
        double loss = 0;
        for (int r = 0; r < z.rows(); r++) {
            double max = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < z.cols(); c++) {
                max = Math.max(max, z.get(r, c));
            }
            double sum = 0;
            for (int c = 0; c < z.cols(); c++) {
                sum += Math.exp(z.get(r, c) - max);
            }
            double log = max + Math.log(sum);
            int target = targets[from + r];
            double weight = weights[from + r];
            loss += weight * (log - z.get(r, target));
            for (int c = 0; c < z.cols(); c++) {
                z.put(r, c, s * weight * (Math.exp(z.get(r, c) - log) - (c == target ? 1 : 0)));
            }
        }
        return loss;
    }

    @Override
    public void close() {}
}
