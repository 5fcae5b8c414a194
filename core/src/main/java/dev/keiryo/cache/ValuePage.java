package dev.keiryo.cache;

import static dev.keiryo.cache.KeyPage.I16;
import static dev.keiryo.cache.Quants.BLOCK;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Values in a page, as {@link KvType} says. */
final class ValuePage {
    private static final int PAGE = KvCache.PAGE;
    private static final int HALF = BLOCK / 2;

    private ValuePage() {}

    /** Stores {@code dim} floats from {@code xAt} on as position {@code p} of the head at {@code at}. */
    static void put(KvType type, MemorySegment x, long xAt, int dim, MemorySegment page, long at, int p) {
        int padded = type.paddedValue(dim);
        switch (type) {
            case F32 -> MemorySegment.copy(x, xAt, page, at + 4L * p * padded, 4L * dim);
            case F16 -> {
                for (int d = 0; d < dim; d++) {
                    short half = Float.floatToFloat16(x.get(Matrix.F32, xAt + 4L * d));
                    page.set(I16, at + 2L * (p * padded + d), half);
                }
            }
            case BF16 -> {
                for (int d = 0; d < dim; d++) {
                    page.set(I16, at + 2L * (p * padded + d), KeyPage.bfloat16(x.get(Matrix.F32, xAt + 4L * d)));
                }
            }
            case Q8_0 -> {
                long quants = at + scaleBytes(padded) + (long) p * padded;
                for (int d = 0; d < dim; d += BLOCK) {
                    long block = xAt + 4L * d;
                    int n = Math.min(BLOCK, dim - d);
                    short scale = Quants.scale8(x, block, n);
                    float inverse = Quants.inverse(scale);
                    page.set(I16, scale(at, p, d), scale);
                    for (int i = 0; i < BLOCK; i++) {
                        byte q = (byte) Quants.q8(x, block, i, n, inverse);
                        page.set(ValueLayout.JAVA_BYTE, quants + d + i, q);
                    }
                }
            }
            case Q4_0 -> {
                long quants = at + scaleBytes(padded) + (long) p * padded / 2;
                for (int d = 0; d < dim; d += BLOCK) {
                    long block = xAt + 4L * d;
                    int n = Math.min(BLOCK, dim - d);
                    short scale = Quants.scale4(x, block, n);
                    float inverse = Quants.inverse(scale);
                    page.set(I16, scale(at, p, d), scale);
                    for (int i = 0; i < HALF; i++) {
                        int pair = Quants.q4(x, block, i, n, inverse) | Quants.q4(x, block, i + HALF, n, inverse) << 4;
                        page.set(ValueLayout.JAVA_BYTE, quants + d / 2 + i, (byte) pair);
                    }
                }
            }
        }
    }

    /** Dimension {@code d} of position {@code p} of the head with {@code dim} dimensions at {@code at}. */
    static float get(KvType type, MemorySegment page, long at, int dim, int p, int d) {
        int padded = type.paddedValue(dim);
        return switch (type) {
            case F32 -> page.get(Matrix.F32, at + 4L * (p * padded + d));
            case F16 -> KeyPage.half(page, at + 2L * (p * padded + d));
            case BF16 -> Float.intBitsToFloat(page.get(I16, at + 2L * (p * padded + d)) << 16);
            case Q8_0 -> {
                long quant = at + scaleBytes(padded) + (long) p * padded + d;
                yield page.get(ValueLayout.JAVA_BYTE, quant) * KeyPage.half(page, scale(at, p, d));
            }
            case Q4_0 -> {
                int i = d % BLOCK;
                long quant = at + scaleBytes(padded) + (long) p * padded / 2 + (d - i) / 2 + i % HALF;
                int pair = page.get(ValueLayout.JAVA_BYTE, quant);
                yield ((i < HALF ? pair & 15 : pair >> 4 & 15) - 8) * KeyPage.half(page, scale(at, p, d));
            }
        };
    }

    /** Copies position {@code p} of the head at {@code at} to position {@code q} of another page, as it is. */
    static void move(KvType type, MemorySegment from, int p, MemorySegment to, int q, long at, int dim) {
        int padded = type.paddedValue(dim);
        int bits = switch (type) {
            case F32 -> 32;
            case F16, BF16 -> 16;
            case Q8_0 -> 8;
            case Q4_0 -> 4;
        };
        long bytes = (long) padded * bits / 8;
        long scales = type.block() > 1 ? scaleBytes(padded) : 0;
        for (int d = 0; d < padded && scales > 0; d += BLOCK) {
            MemorySegment.copy(from, scale(at, p, d), to, scale(at, q, d), 2);
        }
        MemorySegment.copy(from, at + scales + p * bytes, to, at + scales + q * bytes, bytes);
    }

    private static long scaleBytes(int padded) {
        return 2L * PAGE * (padded / BLOCK);
    }

    private static long scale(long at, int p, int d) {
        return at + 2L * (d / BLOCK * PAGE + p);
    }
}
