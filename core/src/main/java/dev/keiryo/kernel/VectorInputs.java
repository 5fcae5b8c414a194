package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
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
            out.writeScales(x, tile);
            // A last block that is not whole is left to the definition.
            int whole = x.cols() / BLOCK;
            for (int t = 0; t < tokens; t++) {
                for (int b = 0; b < whole; b++) {
                    long source = x.rowOffset(first + t) + 4L * BLOCK * b;
                    long at = out.offset(tile) + (long) b * tokens * bytes;
                    switch (form.kind()) {
                        case FLOAT32 -> copy(x.data(), source, out.data(), at + 4L * BLOCK * t);
                        case BFLOAT16 -> round(x.data(), source, out.data(), at + 2L * BLOCK * t);
                        case INT8 -> quantize(x.data(), source, out, at, tokens, t);
                    }
                }
            }
            if (whole < out.blocks()) {
                ScalarMatmul.prepare(x, out, tile, whole, out.blocks());
            }
        }
    }

    private static void copy(MemorySegment x, long source, MemorySegment out, long at) {
        for (int i = 0; i < BLOCK; i += LANES) {
            FloatVector.fromMemorySegment(Lanes.F, x, source + 4L * i, Lanes.ORDER)
                    .intoMemorySegment(out, at + 4L * i, Lanes.ORDER);
        }
    }

    private static void round(MemorySegment x, long source, MemorySegment out, long at) {
        for (int i = 0; i < BLOCK; i += LANES) {
            Lanes.storeBrains(Lanes.floats(x, source + 4L * i), out, at + 2L * i);
        }
    }

    private static void quantize(MemorySegment x, long source, Activations to, long at, int tokens, int t) {
        MemorySegment out = to.data();
        Form form = to.form();
        long extra = at + (long) BLOCK * tokens + 4L * t;
        float d = to.ownScales() ? largest(x, source) / 127 : out.get(Matrix.F32, extra);
        float inverse = d == 0 ? 0 : 1 / d;
        long quants = at + (long) BLOCK * t;
        for (int i = 0; i < BLOCK; i += LANES) {
            quantize(x, source + 4L * i, inverse, out, quants + i);
        }
        int first = 0;
        int second = 0;
        for (int i = 0; i < BLOCK / 2; i++) {
            first += out.get(ValueLayout.JAVA_BYTE, quants + i);
            second += out.get(ValueLayout.JAVA_BYTE, quants + BLOCK / 2 + i);
        }
        boolean two = form.run() != BLOCK;
        out.set(Matrix.F32, extra, d);
        complete(form, out, extra + 4L * tokens, two ? first : first + second, d);
        complete(form, out, extra + 8L * tokens, two ? second : 0, d);
    }

    /** {@code max|x|} of a block, which is the same in any order. */
    private static float largest(MemorySegment x, long source) {
        FloatVector maxima = FloatVector.zero(Lanes.F);
        for (int i = 0; i < BLOCK; i += LANES) {
            maxima = FloatVector.fromMemorySegment(Lanes.F, x, source + 4L * i, Lanes.ORDER)
                    .abs()
                    .max(maxima);
        }
        return maxima.reduceLanes(VectorOperators.MAX);
    }

    /** One vector. */
    private static void quantize(MemorySegment x, long source, float inverse, MemorySegment out, long at) {
        IntVector q = (IntVector) FloatVector.fromMemorySegment(Lanes.F, x, source, Lanes.ORDER)
                .mul(inverse)
                .max(-127f)
                .min(127f)
                // To the nearest whole number, ties to even.
                .add(Lanes.ROUND)
                .sub(Lanes.ROUND)
                .convertShape(VectorOperators.F2I, Lanes.I, 0);
        if (LANES == 4) {
            Lanes.storeBytes(q, out, at);
        } else {
            ((ByteVector) q.convertShape(VectorOperators.I2B, Lanes.BYTES, 0)).intoMemorySegment(out, at, Lanes.ORDER);
        }
    }

    private static void complete(Form form, MemorySegment out, long at, int sum, float d) {
        if (form.offset()) {
            out.set(Matrix.F32, at, d * sum);
        } else {
            out.set(I32, at, -form.zero() * sum);
        }
    }
}
