package dev.keiryo.kernel;

import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** {@link Kernels#prepare} and {@link Kernels#matmul} as they are defined: the oracle. */
final class ScalarMatmul {
    private static final int BLOCK = Activations.BLOCK;
    private static final int HALF = BLOCK / 2;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private ScalarMatmul() {}

    static void prepare(Matrix x, Activations out, int from, int to) {
        for (int tile = from; tile < to; tile++) {
            out.writeScales(x, tile);
            prepare(x, out, tile, 0, out.blocks());
        }
    }

    /** Blocks {@code [from, to)} of one tile. */
    static void prepare(Matrix x, Activations out, int tile, int from, int to) {
        float[] block = new float[BLOCK];
        int first = out.first(tile);
        int tokens = out.first(tile + 1) - first;
        for (int b = from; b < to; b++) {
            long at = blockOffset(out, tile, b);
            for (int t = 0; t < tokens; t++) {
                for (int i = 0; i < BLOCK; i++) {
                    int c = b * BLOCK + i;
                    block[i] = c < x.cols() ? x.get(first + t, c) : 0;
                }
                switch (out.form().kind()) {
                    case FLOAT32 -> MemorySegment.copy(block, 0, out.data(), Matrix.F32, at + 128L * t, BLOCK);
                    case BFLOAT16 -> round(block, out.data(), at + 64L * t);
                    case INT8 -> quantize(block, out, at, tokens, t);
                }
            }
        }
    }

    private static long blockOffset(Activations x, int tile, int block) {
        int tokens = x.first(tile + 1) - x.first(tile);
        return x.offset(tile) + (long) block * tokens * x.form().kind().blockBytes();
    }

    private static void round(float[] block, MemorySegment out, long at) {
        for (int i = 0; i < BLOCK; i++) {
            int bits = Float.floatToRawIntBits(block[i]);
            int nearest = bits + 0x7fff + (bits >>> 16 & 1);
            out.set(I16, at + 2L * i, (short) ((Float.isNaN(block[i]) ? bits | 1 << 22 : nearest) >>> 16));
        }
    }

    private static void quantize(float[] block, Activations out, long at, int tokens, int t) {
        Activations.Form form = out.form();
        long extra = at + 32L * tokens + 4L * t;
        float d = out.ownScales() ? largest(block) / 127 : out.data().get(Matrix.F32, extra);
        float inverse = d == 0 ? 0 : 1 / d;
        int low = 0;
        int high = 0;
        for (int i = 0; i < BLOCK; i++) {
            // Where d is so small that 1/d is infinite, the product saturates.
            int q = (int) Math.clamp(Math.rint((double) (block[i] * inverse)), -127, 127);
            out.data().set(ValueLayout.JAVA_BYTE, at + 32L * t + i, (byte) q);
            if (form.run() == HALF && i >= HALF) {
                high += q;
            } else {
                low += q;
            }
        }
        out.data().set(Matrix.F32, extra, d);
        complete(form, out.data(), extra + 4L * tokens, low, d);
        complete(form, out.data(), extra + 8L * tokens, high, d);
    }

    private static float largest(float[] block) {
        float max = 0;
        for (float v : block) {
            max = Math.max(max, Math.abs(v));
        }
        return max;
    }

    private static void complete(Activations.Form form, MemorySegment out, long at, int sum, float d) {
        if (form.offset()) {
            out.set(Matrix.F32, at, d * sum);
        } else {
            out.set(I32, at, -form.zero() * sum);
        }
    }

    static void multiply(Panels w, @Nullable Matrix bias, Activations x, Matrix y, int from, int to) {
        int end = Math.min(w.weight().rows(), to * Panels.ROWS);
        for (int r = from * Panels.ROWS; r < end; r++) {
            Weight row = w.weight().plainRow(r);
            for (int tile = 0; tile < x.tiles(); tile++) {
                for (int t = x.first(tile); t < x.first(tile + 1); t++) {
                    float sum = switch (x.form().kind()) {
                        case FLOAT32, BFLOAT16 -> floats(row, x, tile, t - x.first(tile));
                        case INT8 -> quants(row, x, tile, t - x.first(tile));
                    };
                    y.put(t, r, bias == null ? sum : sum + bias.get(0, r));
                }
            }
        }
    }

    private static float floats(Weight w, Activations x, int tile, int t) {
        boolean brief = x.form().kind() == Activations.Kind.BFLOAT16;
        float[] weights = new float[w.cols()];
        w.decode(0, weights, 0, weights.length);
        float y = 0;
        for (int b = 0; b < x.blocks(); b++) {
            long at = blockOffset(x, tile, b) + (brief ? 64L : 128L) * t;
            float sum = 0;
            for (int i = 0; i < BLOCK && b * BLOCK + i < weights.length; i++) {
                float number = brief
                        ? Float.intBitsToFloat(x.data().get(I16, at + 2L * i) << 16)
                        : x.data().get(Matrix.F32, at + 4L * i);
                sum = Math.fma(weights[b * BLOCK + i], number, sum);
            }
            y += sum;
        }
        return y;
    }

    private static float quants(Weight w, Activations x, int tile, int t) {
        BlockCodec codec = Codecs.block(w.type());
        if (codec == null) {
            throw new IllegalArgumentException(w + " has no quants to multiply by int8");
        }
        int tokens = x.first(tile + 1) - x.first(tile);
        int parts = w.type().blockSize() / BLOCK;
        int[] u = new int[BLOCK];
        float y = 0;
        for (int b = 0; b < x.blocks(); b++) {
            long block = (long) (b / parts) * w.type().blockBytes();
            codec.quants(w.data(), block, b % parts, u);
            long at = blockOffset(x, tile, b);
            int low = 0;
            int high = 0;
            for (int i = 0; i < BLOCK; i++) {
                int product = u[i] * x.data().get(ValueLayout.JAVA_BYTE, at + 32L * t + i);
                if (codec.run() == HALF && i >= HALF) {
                    high += product;
                } else {
                    low += product;
                }
            }
            long extra = at + 32L * tokens + 4L * t;
            float d = x.data().get(Matrix.F32, extra);
            int run = b % parts * (BLOCK / codec.run());
            if (!codec.hasOffset()) {
                low += x.data().get(I32, extra + 4L * tokens);
                high += x.data().get(I32, extra + 8L * tokens);
            }
            float product = low * codec.scale(w.data(), block, run);
            if (codec.run() == HALF) {
                product = Math.fma((float) high, codec.scale(w.data(), block, run + 1), product);
            }
            y = Math.fma(product, d, y);
            if (codec.hasOffset()) {
                y = Math.fma(codec.offset(w.data(), block, run), x.data().get(Matrix.F32, extra + 4L * tokens), y);
            }
            if (codec.hasOffset() && codec.run() == HALF) {
                float c1 = x.data().get(Matrix.F32, extra + 8L * tokens);
                y = Math.fma(codec.offset(w.data(), block, run + 1), c1, y);
            }
        }
        return y;
    }
}
