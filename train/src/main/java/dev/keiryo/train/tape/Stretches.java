package dev.keiryo.train.tape;

import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Arithmetic on stretches of float32 in memory, in vector code; {@code n} numbers from a byte offset on. Sums run in as many parts
 * as a vector has lanes, which are added at the end.
 */
final class Stretches {
    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    static final int LANES = F.length();
    private static final ByteOrder ORDER = Matrix.F32.order();

    private static final float LOG2_E = (float) (1 / Math.log(2));
    private static final float LN_2 = 0x1.62e4p-1f;
    private static final float LN_2_REST = (float) (Math.log(2) - LN_2);
    /** Added and subtracted, it rounds to whole numbers. */
    private static final float ROUND = 0x1.8p23f;

    private Stretches() {}

    private static FloatVector load(MemorySegment m, long at) {
        return FloatVector.fromMemorySegment(F, m, at, ORDER);
    }

    private static float get(MemorySegment m, long at) {
        return m.get(Matrix.F32, at);
    }

    private static void set(MemorySegment m, long at, float value) {
        m.set(Matrix.F32, at, value);
    }

    /** Lane after lane: reduceLanes leaves the order open, so that compiled code would add otherwise than code not yet compiled. */
    private static float total(FloatVector sums) {
        float total = 0;
        for (float lane : sums.toArray()) {
            total += lane;
        }
        return total;
    }

    /** {@code y = exp(s·x + c)}; arguments below -87 give 0 or next to it. Returns the sum. */
    static double exp(MemorySegment x, long xAt, float s, float c, MemorySegment y, long yAt, int n) {
        int whole = F.loopBound(n);
        FloatVector sums = FloatVector.zero(F);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector e = load(x, xAt + 4L * i).mul(s).add(c).max(-87.3f).min(88.7f);
            FloatVector rounded = e.fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUND));
            FloatVector k = rounded.sub(ROUND);
            FloatVector r = k.fma(FloatVector.broadcast(F, -LN_2), e).sub(k.mul(LN_2_REST));
            FloatVector p = FloatVector.broadcast(F, 1f / 5040)
                    .fma(r, FloatVector.broadcast(F, 1f / 720))
                    .fma(r, FloatVector.broadcast(F, 1f / 120))
                    .fma(r, FloatVector.broadcast(F, 1f / 24))
                    .fma(r, FloatVector.broadcast(F, 1f / 6))
                    .fma(r, FloatVector.broadcast(F, 0.5f))
                    .fma(r, FloatVector.broadcast(F, 1f))
                    .fma(r, FloatVector.broadcast(F, 1f));
            IntVector bits = rounded.reinterpretAsInts()
                    .sub(Float.floatToRawIntBits(ROUND))
                    .lanewise(VectorOperators.LSHL, 23);
            FloatVector w = p.reinterpretAsInts().add(bits).reinterpretAsFloats();
            w.intoMemorySegment(y, yAt + 4L * i, ORDER);
            sums = sums.add(w);
        }
        double sum = total(sums);
        for (int i = whole; i < n; i++) {
            float w = (float) Math.exp(Math.clamp(get(x, xAt + 4L * i) * s + c, -87.3f, 88.7f));
            set(y, yAt + 4L * i, w);
            sum += w;
        }
        return sum;
    }

    static float max(MemorySegment x, long at, int n) {
        int whole = F.loopBound(n);
        FloatVector largest = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < whole; i += LANES) {
            largest = largest.max(load(x, at + 4L * i));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        for (int i = whole; i < n; i++) {
            max = Math.max(max, get(x, at + 4L * i));
        }
        return max;
    }

    static float dot(MemorySegment x, long xAt, MemorySegment y, long yAt, int n) {
        int whole = F.loopBound(n);
        FloatVector sums = FloatVector.zero(F);
        for (int i = 0; i < whole; i += LANES) {
            sums = load(x, xAt + 4L * i).fma(load(y, yAt + 4L * i), sums);
        }
        float sum = total(sums);
        for (int i = whole; i < n; i++) {
            sum = Math.fma(get(x, xAt + 4L * i), get(y, yAt + 4L * i), sum);
        }
        return sum;
    }

    static float sum(MemorySegment x, long at, int n) {
        int whole = F.loopBound(n);
        FloatVector sums = FloatVector.zero(F);
        for (int i = 0; i < whole; i += LANES) {
            sums = sums.add(load(x, at + 4L * i));
        }
        float sum = total(sums);
        for (int i = whole; i < n; i++) {
            sum += get(x, at + 4L * i);
        }
        return sum;
    }

    /** {@code Σ (x - center)²}. */
    static float squaresAround(MemorySegment x, long at, float center, int n) {
        int whole = F.loopBound(n);
        FloatVector sums = FloatVector.zero(F);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector d = load(x, at + 4L * i).sub(center);
            sums = d.fma(d, sums);
        }
        float sum = total(sums);
        for (int i = whole; i < n; i++) {
            float d = get(x, at + 4L * i) - center;
            sum = Math.fma(d, d, sum);
        }
        return sum;
    }

    /** {@code Σ dy ⊙ w ⊙ (x - center)·r}. */
    static float dotUnits(
            MemorySegment x, long xAt, float center, float r, MemorySegment dy, long dyAt, MemorySegment w, int n) {
        int whole = F.loopBound(n);
        FloatVector sums = FloatVector.zero(F);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector unit = load(x, xAt + 4L * i).sub(center).mul(r);
            sums = load(dy, dyAt + 4L * i).mul(load(w, 4L * i)).fma(unit, sums);
        }
        float sum = total(sums);
        for (int i = whole; i < n; i++) {
            float unit = (get(x, xAt + 4L * i) - center) * r;
            sum = Math.fma(get(dy, dyAt + 4L * i) * get(w, 4L * i), unit, sum);
        }
        return sum;
    }

    /** {@code y = s·x}. */
    static void scale(MemorySegment x, long xAt, float s, MemorySegment y, long yAt, int n) {
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += LANES) {
            load(x, xAt + 4L * i).mul(s).intoMemorySegment(y, yAt + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            set(y, yAt + 4L * i, s * get(x, xAt + 4L * i));
        }
    }

    /** {@code y += s·x}. */
    static void addScaled(MemorySegment x, long xAt, float s, MemorySegment y, long yAt, int n) {
        int whole = F.loopBound(n);
        FloatVector factor = FloatVector.broadcast(F, s);
        for (int i = 0; i < whole; i += LANES) {
            load(x, xAt + 4L * i).fma(factor, load(y, yAt + 4L * i)).intoMemorySegment(y, yAt + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            set(y, yAt + 4L * i, Math.fma(get(x, xAt + 4L * i), s, get(y, yAt + 4L * i)));
        }
    }

    /** {@code z = x ⊙ y}, or {@code z += x ⊙ y}. */
    static void multiply(
            MemorySegment x, long xAt, MemorySegment y, long yAt, MemorySegment z, long zAt, int n, boolean add) {
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector p = load(x, xAt + 4L * i).mul(load(y, yAt + 4L * i));
            (add ? p.add(load(z, zAt + 4L * i)) : p).intoMemorySegment(z, zAt + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            float p = get(x, xAt + 4L * i) * get(y, yAt + 4L * i);
            set(z, zAt + 4L * i, add ? p + get(z, zAt + 4L * i) : p);
        }
    }

    /** {@code x = x ⊙ (y - c)}: the way back of a softmax. */
    static void multiplyLess(MemorySegment x, long xAt, MemorySegment y, long yAt, float c, int n) {
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += LANES) {
            load(x, xAt + 4L * i).mul(load(y, yAt + 4L * i).sub(c)).intoMemorySegment(x, xAt + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            set(x, xAt + 4L * i, get(x, xAt + 4L * i) * (get(y, yAt + 4L * i) - c));
        }
    }

    /**
     * {@code dx = r·(dy ⊙ w - mean - unit·along)} with {@code unit = (x - center)·r}: the way back of a norm.
     */
    static void normBack(
            MemorySegment x,
            long xAt,
            MemorySegment dy,
            long dyAt,
            MemorySegment w,
            float center,
            float r,
            float mean,
            float along,
            MemorySegment dx,
            long dxAt,
            int n,
            boolean add) {
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector unit = load(x, xAt + 4L * i).sub(center).mul(r);
            FloatVector d = load(dy, dyAt + 4L * i)
                    .mul(load(w, 4L * i))
                    .sub(mean)
                    .sub(unit.mul(along))
                    .mul(r);
            (add ? d.add(load(dx, dxAt + 4L * i)) : d).intoMemorySegment(dx, dxAt + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            float unit = (get(x, xAt + 4L * i) - center) * r;
            float d = (get(dy, dyAt + 4L * i) * get(w, 4L * i) - mean - unit * along) * r;
            set(dx, dxAt + 4L * i, add ? d + get(dx, dxAt + 4L * i) : d);
        }
    }

    /** {@code dw += dy ⊙ (x - center)·r}. */
    static void addUnits(
            MemorySegment x,
            long xAt,
            float center,
            float r,
            MemorySegment dy,
            long dyAt,
            MemorySegment dw,
            long dwAt,
            int n) {
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector unit = load(x, xAt + 4L * i).sub(center).mul(r);
            load(dy, dyAt + 4L * i).fma(unit, load(dw, dwAt + 4L * i)).intoMemorySegment(dw, dwAt + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            float unit = (get(x, xAt + 4L * i) - center) * r;
            set(dw, dwAt + 4L * i, Math.fma(get(dy, dyAt + 4L * i), unit, get(dw, dwAt + 4L * i)));
        }
    }

    /**
     * {@code slope = f'(x)}. SiLU and the tanh form of GELU are {@code x·σ(u)}, so that the derivative is
     * {@code σ + x·σ·(1-σ)·u'}; GELU's is {@code Φ(x) + x·φ(x)}, Φ within 1e-7 by Abramowitz and Stegun 7.1.26.
     */
    static void slope(Activation f, MemorySegment x, long at, MemorySegment slope, long slopeAt, int n) {
        switch (f) {
            case SILU -> sigmoidSlope(1, 0, x, at, slope, slopeAt, n);
            case GELU_TANH ->
                sigmoidSlope(
                        (float) (2 * Math.sqrt(2 / Math.PI)),
                        (float) (2 * Math.sqrt(2 / Math.PI) * 0.044715),
                        x,
                        at,
                        slope,
                        slopeAt,
                        n);
            case GELU -> normalSlope(x, at, slope, slopeAt, n);
            case RELU -> {
                for (int i = 0; i < n; i++) {
                    set(slope, slopeAt + 4L * i, get(x, at + 4L * i) > 0 ? 1 : 0);
                }
            }
        }
    }

    private static void sigmoidSlope(
            float linear, float cubic, MemorySegment x, long at, MemorySegment slope, long slopeAt, int n) {
        for (int i = 0; i < n; i++) {
            float v = get(x, at + 4L * i);
            set(slope, slopeAt + 4L * i, v * (linear + cubic * v * v));
        }
        exp(slope, slopeAt, -1, 0, slope, slopeAt, n);
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector v = load(x, at + 4L * i);
            FloatVector sigma = FloatVector.broadcast(F, 1)
                    .div(load(slope, slopeAt + 4L * i).add(1));
            FloatVector inner = v.mul(v).mul(3 * cubic).add(linear);
            sigma.mul(v.mul(inner).mul(FloatVector.broadcast(F, 1).sub(sigma)).add(1))
                    .intoMemorySegment(slope, slopeAt + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            float v = get(x, at + 4L * i);
            float sigma = 1 / (1 + get(slope, slopeAt + 4L * i));
            set(slope, slopeAt + 4L * i, sigma * (1 + v * (linear + 3 * cubic * v * v) * (1 - sigma)));
        }
    }

    private static void normalSlope(MemorySegment x, long at, MemorySegment slope, long slopeAt, int n) {
        for (int i = 0; i < n; i++) {
            float v = get(x, at + 4L * i);
            set(slope, slopeAt + 4L * i, v * v);
        }
        exp(slope, slopeAt, -0.5f, 0, slope, slopeAt, n);
        for (int i = 0; i < n; i++) {
            float v = get(x, at + 4L * i);
            float bell = get(slope, slopeAt + 4L * i);
            double z = Math.abs(v) * Math.sqrt(0.5);
            double t = 1 / (1 + 0.3275911 * z);
            double tail =
                    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
            float half = (float) (0.5 * tail * bell);
            set(slope, slopeAt + 4L * i, (v < 0 ? half : 1 - half) + v * bell * (float) (1 / Math.sqrt(2 * Math.PI)));
        }
    }
}
