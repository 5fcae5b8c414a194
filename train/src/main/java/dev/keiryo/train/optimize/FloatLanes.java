package dev.keiryo.train.optimize;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Float32 in memory, some numbers at a time; and sums over it, in an order that does not depend on compilation. */
final class FloatLanes {
    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = Matrix.F32.order();

    private FloatLanes() {}

    static FloatVector load(MemorySegment m, long at) {
        return FloatVector.fromMemorySegment(F, m, at, ORDER);
    }

    static void store(FloatVector v, MemorySegment m, long at) {
        v.intoMemorySegment(m, at, ORDER);
    }

    static float get(MemorySegment m, long at) {
        return m.get(Matrix.F32, at);
    }

    static void set(MemorySegment m, long at, float value) {
        m.set(Matrix.F32, at, value);
    }

    static FloatVector all(float value) {
        return FloatVector.broadcast(F, value);
    }

    /** {@code Σ x²} in double precision, in as many parts as vectors have lanes. */
    static double squares(MemorySegment x, long at, int n) {
        DoubleVector low = DoubleVector.zero(D);
        DoubleVector high = low;
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            FloatVector v = load(x, at + 4L * i);
            DoubleVector a = (DoubleVector) v.convertShape(VectorOperators.F2D, D, 0);
            DoubleVector b = (DoubleVector) v.convertShape(VectorOperators.F2D, D, 1);
            low = a.fma(a, low);
            high = b.fma(b, high);
        }
        // reduceLanes leaves the order open.
        double sum = 0;
        for (double part : low.add(high).toArray()) {
            sum += part;
        }
        for (int i = whole; i < n; i++) {
            double v = get(x, at + 4L * i);
            sum = Math.fma(v, v, sum);
        }
        return sum;
    }

    /** {@code Σ (s·x·y)²}, in as many float32 parts as vectors have lanes. */
    static double products(MemorySegment x, long at, float s, MemorySegment y, long yAt, int n) {
        FloatVector parts = FloatVector.zero(F);
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            FloatVector v = load(x, at + 4L * i).mul(s).mul(load(y, yAt + 4L * i));
            parts = v.fma(v, parts);
        }
        double sum = 0;
        for (float part : parts.toArray()) {
            sum += part;
        }
        for (int i = whole; i < n; i++) {
            float v = get(x, at + 4L * i) * s * get(y, yAt + 4L * i);
            sum += v * v;
        }
        return sum;
    }

    /** The largest magnitude; 0 where there are no numbers. */
    static float largest(MemorySegment x, long at, int n) {
        FloatVector most = FloatVector.zero(F);
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            most = most.max(load(x, at + 4L * i).abs());
        }
        float largest = most.reduceLanes(VectorOperators.MAX);
        for (int i = whole; i < n; i++) {
            largest = Math.max(largest, Math.abs(get(x, at + 4L * i)));
        }
        return largest;
    }
}
