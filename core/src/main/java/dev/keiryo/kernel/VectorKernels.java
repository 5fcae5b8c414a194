package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.cache.KvCache;
import dev.keiryo.model.Attention;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/** {@code jdk.incubator.vector}: portable, any width from 128 to 512 bits. */
public final class VectorKernels implements Kernels {
    private static final float GELU_LINEAR = (float) (2 * Math.sqrt(2 / Math.PI));
    private static final float GELU_CUBIC = (float) (2 * Math.sqrt(2 / Math.PI) * 0.044715);
    private static final VectorSpecies<Double> D = Lanes.F.withLanes(double.class);

    private final PageAttention attention = new VectorAttention();

    @Override
    public String name() {
        return "vector-" + Lanes.F.vectorBitSize();
    }

    @Override
    public Activations.Form form(TensorType type) {
        return Activations.Form.quantized(type);
    }

    @Override
    public void prepare(Matrix x, Activations out, int from, int to) {
        VectorInputs.prepare(x, out, from, to);
    }

    @Override
    public void matmul(Panels w, @Nullable Matrix bias, Activations x, Matrix y, int from, int to, Scratch scratch) {
        scratch.matmul().multiply(this, w, bias, x, y, from, to, scratch);
    }

    @Override
    public void rmsNorm(Norm norm, Matrix x, Matrix y, int from, int to) {
        int n = norm.width();
        for (int r = from; r < to; r++) {
            for (int g = 0; g < x.cols(); g += n) {
                long at = x.rowOffset(r) + 4L * g;
                double scale = 1 / Math.sqrt(squares(x.data(), at, n, 0) / n + norm.epsilon());
                normalize(norm, x.data(), at, y.data(), 0, (float) scale);
            }
        }
    }

    @Override
    public void layerNorm(Norm norm, Matrix x, Matrix y, int from, int to) {
        int n = norm.width();
        for (int r = from; r < to; r++) {
            for (int g = 0; g < x.cols(); g += n) {
                long at = x.rowOffset(r) + 4L * g;
                double mean = total(x.data(), at, n) / n;
                double scale = 1 / Math.sqrt(squares(x.data(), at, n, mean) / n + norm.epsilon());
                normalize(norm, x.data(), at, y.data(), (float) mean, (float) scale);
            }
        }
    }

    private static double total(MemorySegment x, long at, int n) {
        DoubleVector low = DoubleVector.zero(D);
        DoubleVector high = low;
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            FloatVector v = Lanes.floats(x, at + 4L * c);
            low = low.add(widen(v, 0));
            high = high.add(widen(v, 1));
        }
        double rest = 0;
        for (int c = full; c < n; c++) {
            rest += Lanes.single(x, at + 4L * c);
        }
        return sum(low.add(high)) + rest;
    }

    /** {@code Σ (x - mean)²}. */
    private static double squares(MemorySegment x, long at, int n, double mean) {
        DoubleVector low = DoubleVector.zero(D);
        DoubleVector high = low;
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            FloatVector v = Lanes.floats(x, at + 4L * c);
            DoubleVector a = widen(v, 0).sub(mean);
            DoubleVector b = widen(v, 1).sub(mean);
            low = a.fma(a, low);
            high = b.fma(b, high);
        }
        double rest = 0;
        for (int c = full; c < n; c++) {
            double v = Lanes.single(x, at + 4L * c) - mean;
            rest += v * v;
        }
        return sum(low.add(high)) + rest;
    }

    private static DoubleVector widen(FloatVector v, int part) {
        return (DoubleVector) v.convertShape(VectorOperators.F2D, D, part);
    }

    /** In the order of the lanes. */
    private static double sum(DoubleVector v) {
        double sum = 0;
        for (int i = 0; i < D.length(); i++) {
            sum += v.lane(i);
        }
        return sum;
    }

    /** {@code y = (x - mean)·scale·w + b} for one group at the same offset in both. */
    private static void normalize(Norm norm, MemorySegment x, long at, MemorySegment y, float mean, float scale) {
        MemorySegment weight = norm.weight().data();
        Matrix bias = norm.bias();
        int n = norm.width();
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            FloatVector v = Lanes.floats(x, at + 4L * c).sub(mean).mul(scale).mul(Lanes.floats(weight, 4L * c));
            Lanes.store(bias == null ? v : v.add(Lanes.floats(bias.data(), 4L * c)), y, at + 4L * c);
        }
        for (int c = full; c < n; c++) {
            float v = (Lanes.single(x, at + 4L * c) - mean)
                    * scale
                    * norm.weight().get(0, c);
            y.set(Matrix.F32, at + 4L * c, bias == null ? v : v + bias.get(0, c));
        }
    }

    @Override
    public void activate(Activation f, Matrix x, Matrix y, int from, int to) {
        for (long at = x.rowOffset(from); at < x.rowOffset(to); at += 4L * LANES) {
            int n = (int) Math.min(LANES, (x.rowOffset(to) - at) / 4);
            store(activated(f, load(x.data(), at, n)), y.data(), at, n);
        }
    }

    @Override
    public void gated(Activation f, Matrix gate, Matrix up, Matrix y, int from, int to) {
        for (long at = gate.rowOffset(from); at < gate.rowOffset(to); at += 4L * LANES) {
            int n = (int) Math.min(LANES, (gate.rowOffset(to) - at) / 4);
            FloatVector g = activated(f, load(gate.data(), at, n));
            store(g.mul(load(up.data(), at, n)), y.data(), at, n);
        }
    }

    private static FloatVector load(MemorySegment x, long at, int n) {
        return n == LANES ? Lanes.floats(x, at) : Lanes.floats(x, at, n);
    }

    private static void store(FloatVector v, MemorySegment y, long at, int n) {
        if (n == LANES) {
            Lanes.store(v, y, at);
        } else {
            Lanes.store(v, y, at, n);
        }
    }

    private static FloatVector activated(Activation f, FloatVector x) {
        return switch (f) {
            case SILU -> timesSigmoid(x, x);
            // x/2·(1 + tanh u) = x·σ(2u)
            case GELU_TANH ->
                timesSigmoid(x, x.mul(x).mul(GELU_CUBIC).add(GELU_LINEAR).mul(x));
            case RELU -> x.max(0);
            case GELU -> oneByOne(f, x);
        };
    }

    /** {@code x·σ(u)}. */
    private static FloatVector timesSigmoid(FloatVector x, FloatVector u) {
        return x.div(Lanes.exp(u.neg()).add(1));
    }

    private static FloatVector oneByOne(Activation f, FloatVector x) {
        float[] lanes = x.toArray();
        for (int i = 0; i < LANES; i++) {
            lanes[i] = f.of(lanes[i]);
        }
        return FloatVector.fromArray(Lanes.F, lanes, 0);
    }

    @Override
    public void addScaled(Matrix a, float s, Matrix b, Matrix y, int from, int to) {
        for (long at = a.rowOffset(from); at < a.rowOffset(to); at += 4L * LANES) {
            int n = (int) Math.min(LANES, (a.rowOffset(to) - at) / 4);
            store(load(b.data(), at, n).mul(s).add(load(a.data(), at, n)), y.data(), at, n);
        }
    }

    @Override
    public void addRow(Matrix x, int row, float s, Matrix y, int target) {
        for (int c = 0; c < x.cols(); c += LANES) {
            int n = Math.min(LANES, x.cols() - c);
            long at = y.rowOffset(target) + 4L * c;
            FloatVector v = load(x.data(), x.rowOffset(row) + 4L * c, n);
            store(v.mul(s).add(load(y.data(), at, n)), y.data(), at, n);
        }
    }

    @Override
    public void scale(Matrix x, float s, Matrix y, int from, int to) {
        for (long at = x.rowOffset(from); at < x.rowOffset(to); at += 4L * LANES) {
            int n = (int) Math.min(LANES, (x.rowOffset(to) - at) / 4);
            store(load(x.data(), at, n).mul(s), y.data(), at, n);
        }
    }

    @Override
    public void clamp(Matrix x, float limit, Matrix y, int from, int to) {
        for (long at = x.rowOffset(from); at < x.rowOffset(to); at += 4L * LANES) {
            int n = (int) Math.min(LANES, (x.rowOffset(to) - at) / 4);
            store(load(x.data(), at, n).max(-limit).min(limit), y.data(), at, n);
        }
    }

    @Override
    public void rope(RopeTable table, int position, Matrix x, Matrix y, int row) {
        VectorRope.rotate(table, position, x, y, row);
    }

    @Override
    public void softcap(float cap, Matrix x, Matrix y, int from, int to) {
        for (long at = x.rowOffset(from); at < x.rowOffset(to); at += 4L * LANES) {
            int n = (int) Math.min(LANES, (x.rowOffset(to) - at) / 4);
            store(Lanes.tanh(load(x.data(), at, n).div(cap)).mul(cap), y.data(), at, n);
        }
    }

    @Override
    public void attend(
            Attention a,
            KvCache.Slot slot,
            Matrix q,
            int row,
            int tokens,
            int position,
            int head,
            int heads,
            Scratch scratch,
            Matrix out) {
        attention.attend(a, slot, q, row, tokens, position, head, heads, scratch.attention(), out);
    }
}
