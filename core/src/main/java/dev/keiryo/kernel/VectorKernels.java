package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.cache.CacheSlot;
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
        DoubleVector high = DoubleVector.zero(D);
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            FloatVector v = FloatVector.fromMemorySegment(Lanes.F, x, at + 4L * c, Lanes.ORDER);
            low = low.add((DoubleVector) v.convertShape(VectorOperators.F2D, D, 0));
            high = high.add((DoubleVector) v.convertShape(VectorOperators.F2D, D, 1));
        }
        double rest = 0;
        for (int c = full; c < n; c++) {
            rest += Lanes.single(x, at + 4L * c);
        }
        // In the order of the lanes.
        DoubleVector both = low.add(high);
        double sum = 0;
        for (int i = 0; i < D.length(); i++) {
            sum += both.lane(i);
        }
        return sum + rest;
    }

    /** {@code Σ (x - mean)²}. */
    private static double squares(MemorySegment x, long at, int n, double mean) {
        DoubleVector low = DoubleVector.zero(D);
        DoubleVector high = DoubleVector.zero(D);
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            FloatVector v = FloatVector.fromMemorySegment(Lanes.F, x, at + 4L * c, Lanes.ORDER);
            DoubleVector a = ((DoubleVector) v.convertShape(VectorOperators.F2D, D, 0)).sub(mean);
            DoubleVector b = ((DoubleVector) v.convertShape(VectorOperators.F2D, D, 1)).sub(mean);
            low = a.fma(a, low);
            high = b.fma(b, high);
        }
        double rest = 0;
        for (int c = full; c < n; c++) {
            double v = Lanes.single(x, at + 4L * c) - mean;
            rest += v * v;
        }
        // In the order of the lanes.
        DoubleVector both = low.add(high);
        double sum = 0;
        for (int i = 0; i < D.length(); i++) {
            sum += both.lane(i);
        }
        return sum + rest;
    }

    /** {@code y = (x - mean)·scale·w + b} for one group at the same offset in both. */
    private static void normalize(Norm norm, MemorySegment x, long at, MemorySegment y, float mean, float scale) {
        MemorySegment weight = norm.weight().data();
        Matrix bias = norm.bias();
        int n = norm.width();
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            FloatVector.fromMemorySegment(Lanes.F, x, at + 4L * c, Lanes.ORDER)
                    .sub(mean)
                    .mul(scale)
                    .mul(FloatVector.fromMemorySegment(Lanes.F, weight, 4L * c, Lanes.ORDER))
                    .intoMemorySegment(y, at + 4L * c, Lanes.ORDER);
        }
        for (int c = full; c < n; c++) {
            float v = (Lanes.single(x, at + 4L * c) - mean)
                    * scale
                    * norm.weight().get(0, c);
            y.set(Matrix.F32, at + 4L * c, v);
        }
        if (bias != null) {
            add(bias.data(), n, y, at);
        }
    }

    private static void add(MemorySegment bias, int n, MemorySegment y, long at) {
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            FloatVector.fromMemorySegment(Lanes.F, y, at + 4L * c, Lanes.ORDER)
                    .add(FloatVector.fromMemorySegment(Lanes.F, bias, 4L * c, Lanes.ORDER))
                    .intoMemorySegment(y, at + 4L * c, Lanes.ORDER);
        }
        for (int c = full; c < n; c++) {
            y.set(Matrix.F32, at + 4L * c, Lanes.single(y, at + 4L * c) + Lanes.single(bias, 4L * c));
        }
    }

    @Override
    public void activate(Activation f, Matrix x, Matrix y, int from, int to) {
        activate(f, x.data(), null, y.data(), x.rowOffset(from), x.rowOffset(to));
    }

    @Override
    public void gated(Activation f, Matrix gate, Matrix up, Matrix y, int from, int to) {
        activate(f, gate.data(), up.data(), y.data(), gate.rowOffset(from), gate.rowOffset(to));
    }

    /** {@code y = f(x)}, or {@code f(x)·up}, in bytes {@code [at, end)} of all three. */
    private static void activate(
            Activation f, MemorySegment x, @Nullable MemorySegment up, MemorySegment y, long at, long end) {
        if (!VectorSigmoid.covers(f)) {
            for (; at < end; at += 4) {
                float v = f.of(Lanes.single(x, at));
                y.set(Matrix.F32, at, up == null ? v : v * Lanes.single(up, at));
            }
            return;
        }
        for (at = VectorSigmoid.apply(f, x, up, y, at, end); at < end; at += 4) {
            float v = VectorSigmoid.one(f, Lanes.single(x, at));
            y.set(Matrix.F32, at, up == null ? v : v * Lanes.single(up, at));
        }
    }

    @Override
    public void addScaled(Matrix a, float s, Matrix b, Matrix y, int from, int to) {
        addScaled(
                a.data(),
                a.rowOffset(from),
                s,
                b.data(),
                a.rowOffset(from),
                y.data(),
                a.rowOffset(from),
                a.rowOffset(to) - a.rowOffset(from));
    }

    @Override
    public void addRow(Matrix x, int row, float s, Matrix y, int target) {
        long to = y.rowOffset(target);
        addScaled(y.data(), to, s, x.data(), x.rowOffset(row), y.data(), to, 4L * x.cols());
    }

    /** {@code y = a + s·b} for {@code bytes} from given offsets on. */
    private static void addScaled(
            MemorySegment a, long aAt, float s, MemorySegment b, long bAt, MemorySegment y, long yAt, long bytes) {
        long i = 0;
        for (; i + 4L * LANES <= bytes; i += 4L * LANES) {
            FloatVector.fromMemorySegment(Lanes.F, b, bAt + i, Lanes.ORDER)
                    .mul(s)
                    .add(FloatVector.fromMemorySegment(Lanes.F, a, aAt + i, Lanes.ORDER))
                    .intoMemorySegment(y, yAt + i, Lanes.ORDER);
        }
        for (; i < bytes; i += 4) {
            y.set(Matrix.F32, yAt + i, Lanes.single(b, bAt + i) * s + Lanes.single(a, aAt + i));
        }
    }

    @Override
    public void scale(Matrix x, float s, Matrix y, int from, int to) {
        long at = x.rowOffset(from);
        long end = x.rowOffset(to);
        for (; at + 4L * LANES <= end; at += 4L * LANES) {
            FloatVector.fromMemorySegment(Lanes.F, x.data(), at, Lanes.ORDER)
                    .mul(s)
                    .intoMemorySegment(y.data(), at, Lanes.ORDER);
        }
        for (; at < end; at += 4) {
            y.data().set(Matrix.F32, at, Lanes.single(x.data(), at) * s);
        }
    }

    @Override
    public void clamp(Matrix x, float limit, Matrix y, int from, int to) {
        long at = x.rowOffset(from);
        long end = x.rowOffset(to);
        for (; at + 4L * LANES <= end; at += 4L * LANES) {
            FloatVector.fromMemorySegment(Lanes.F, x.data(), at, Lanes.ORDER)
                    .max(-limit)
                    .min(limit)
                    .intoMemorySegment(y.data(), at, Lanes.ORDER);
        }
        for (; at < end; at += 4) {
            y.data().set(Matrix.F32, at, Math.min(Math.max(Lanes.single(x.data(), at), -limit), limit));
        }
    }

    @Override
    public void rope(RopeTable table, int position, Matrix x, Matrix y, int row) {
        VectorRope.rotate(table, position, x, y, row);
    }

    @Override
    public void softcap(float cap, Matrix x, Matrix y, int from, int to) {
        long end = x.rowOffset(to);
        long at = VectorSoftcap.apply(1, cap, x.data(), y.data(), x.rowOffset(from), end);
        for (; at < end; at += 4) {
            y.data().set(Matrix.F32, at, Lanes.tanh(Lanes.single(x.data(), at) / cap) * cap);
        }
    }

    @Override
    public void attend(
            Attention a,
            CacheSlot slot,
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
