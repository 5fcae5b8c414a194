package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Kernels#prepare} in vector code. */
final class VectorInputs {
    private static final int BLOCK = Activations.BLOCK;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private VectorInputs() {}

    static void prepare(Matrix x, Activations out, int from, int to) {
        Form form = out.form();
        int bytes = form.kind().blockBytes();
        for (int tile = from; tile < to; tile++) {
            int first = out.first(tile);
            int tokens = out.first(tile + 1) - first;
            for (int t = 0; t < tokens; t++) {
                for (int b = 0; b < out.blocks(); b++) {
                    long source = x.rowOffset(first + t) + 4L * BLOCK * b;
                    int n = Math.min(BLOCK, x.cols() - b * BLOCK);
                    long at = out.offset(tile) + (long) b * tokens * bytes;
                    switch (form.kind()) {
                        case FLOAT32 -> copy(x.data(), source, n, out.data(), at + 4L * BLOCK * t);
                        case BFLOAT16 -> round(x.data(), source, n, out.data(), at + 2L * BLOCK * t);
                        case INT8 -> quantize(x.data(), source, n, form, out.data(), at, tokens, t);
                    }
                }
            }
        }
    }

    /** The floats i, i + 1, … of a block's {@code n}, then zeros. */
    private static FloatVector load(MemorySegment x, long at, int i, int n) {
        return n == BLOCK ? Lanes.floats(x, at + 4L * i) : Lanes.floats(x, at + 4L * i, Math.clamp(n - i, 0, LANES));
    }

    private static void copy(MemorySegment x, long source, int n, MemorySegment out, long at) {
        for (int i = 0; i < BLOCK; i += LANES) {
            Lanes.store(load(x, source, i, n), out, at + 4L * i);
        }
    }

    private static void round(MemorySegment x, long source, int n, MemorySegment out, long at) {
        for (int i = 0; i < BLOCK; i += LANES) {
            Lanes.storeBrains(load(x, source, i, n), out, at + 2L * i);
        }
    }

    private static void quantize(
            MemorySegment x, long source, int n, Form form, MemorySegment out, long at, int tokens, int t) {
        FloatVector maxima = FloatVector.zero(Lanes.F);
        for (int i = 0; i < BLOCK; i += LANES) {
            maxima = maxima.max(load(x, source, i, n).abs());
        }
        // The largest is the same in any order.
        float d = maxima.reduceLanes(VectorOperators.MAX) / 127;
        float inverse = d == 0 ? 0 : 1 / d;
        IntVector low = IntVector.zero(Lanes.I);
        IntVector high = low;
        for (int i = 0; i < BLOCK; i += LANES) {
            IntVector q =
                    Lanes.rounded(load(x, source, i, n).mul(inverse).max(-127f).min(127f));
            Lanes.storeBytes(q, out, at + (long) BLOCK * t + i);
            if (i < BLOCK / 2) {
                low = low.add(q);
            } else {
                high = high.add(q);
            }
        }
        int first = low.reduceLanes(VectorOperators.ADD);
        int second = high.reduceLanes(VectorOperators.ADD);
        boolean two = form.run() != BLOCK;
        long extra = at + (long) BLOCK * tokens + 4L * t;
        out.set(Matrix.F32, extra, d);
        complete(form, out, extra + 4L * tokens, two ? first : first + second, d);
        complete(form, out, extra + 8L * tokens, two ? second : 0, d);
    }

    private static void complete(Form form, MemorySegment out, long at, int sum, float d) {
        if (form.offset()) {
            out.set(Matrix.F32, at, d * sum);
        } else {
            out.set(I32, at, -form.zero() * sum);
        }
    }
}
