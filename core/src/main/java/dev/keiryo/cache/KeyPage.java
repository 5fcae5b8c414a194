package dev.keiryo.cache;

import static dev.keiryo.cache.Quants.BLOCK;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Keys in a page, as {@link KvType} says. */
final class KeyPage {
    private static final int PAGE = KvCache.PAGE;
    static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int Q8_BLOCK = 2 * PAGE + BLOCK * PAGE;
    private static final int Q4_BLOCK = 2 * PAGE + BLOCK / 2 * PAGE;

    private KeyPage() {}

    /** Stores {@code dim} floats from {@code xAt} on as position {@code p} of the head at {@code at}. */
    static void put(KvType type, MemorySegment x, long xAt, int dim, MemorySegment page, long at, int p) {
        switch (type) {
            case F32 -> {
                for (int d = 0; d < dim; d++) {
                    page.set(Matrix.F32, at + 4L * (d * PAGE + p), x.get(Matrix.F32, xAt + 4L * d));
                }
            }
            case F16 -> {
                for (int d = 0; d < dim; d++) {
                    short half = Float.floatToFloat16(x.get(Matrix.F32, xAt + 4L * d));
                    page.set(I16, at + 2L * (d * PAGE + p), half);
                }
            }
            case BF16 -> {
                for (int d = 0; d < dim; d++) {
                    page.set(I16, at + 2L * (d * PAGE + p), bfloat16(x.get(Matrix.F32, xAt + 4L * d)));
                }
            }
            case Q8_0 -> {
                for (int d = 0; d < dim; d += BLOCK, at += Q8_BLOCK) {
                    long block = xAt + 4L * d;
                    int n = Math.min(BLOCK, dim - d);
                    short scale = Quants.scale8(x, block, n);
                    float inverse = Quants.inverse(scale);
                    page.set(I16, at + 2L * p, scale);
                    for (int i = 0; i < BLOCK; i++) {
                        byte q = (byte) Quants.q8(x, block, i, n, inverse);
                        page.set(ValueLayout.JAVA_BYTE, at + 2 * PAGE + (long) i * PAGE + p, q);
                    }
                }
            }
            case Q4_0 -> {
                for (int d = 0; d < dim; d += BLOCK, at += Q4_BLOCK) {
                    long block = xAt + 4L * d;
                    int n = Math.min(BLOCK, dim - d);
                    short scale = Quants.scale4(x, block, n);
                    float inverse = Quants.inverse(scale);
                    page.set(I16, at + 2L * p, scale);
                    for (int i = 0; i < BLOCK; i += 2) {
                        int pair = Quants.q4(x, block, i, n, inverse) | Quants.q4(x, block, i + 1, n, inverse) << 4;
                        page.set(ValueLayout.JAVA_BYTE, at + 2 * PAGE + (long) (i / 2) * PAGE + p, (byte) pair);
                    }
                }
            }
        }
    }

    /** Dimension {@code d} of position {@code p} of the head at {@code at}. */
    static float get(KvType type, MemorySegment page, long at, int p, int d) {
        int i = d % BLOCK;
        return switch (type) {
            case F32 -> page.get(Matrix.F32, at + 4L * (d * PAGE + p));
            case F16 -> half(page, at + 2L * (d * PAGE + p));
            case BF16 -> Float.intBitsToFloat(page.get(I16, at + 2L * (d * PAGE + p)) << 16);
            case Q8_0 -> {
                long block = at + (long) (d / BLOCK) * Q8_BLOCK;
                yield page.get(ValueLayout.JAVA_BYTE, block + 2 * PAGE + (long) i * PAGE + p)
                        * half(page, block + 2L * p);
            }
            case Q4_0 -> {
                long block = at + (long) (d / BLOCK) * Q4_BLOCK;
                int pair = page.get(ValueLayout.JAVA_BYTE, block + 2 * PAGE + (long) (i / 2) * PAGE + p);
                yield ((pair >> (4 * (i % 2)) & 15) - 8) * half(page, block + 2L * p);
            }
        };
    }

    /** Copies position {@code p} of the head at {@code at} to position {@code q} of another page, as it is. */
    static void move(KvType type, MemorySegment from, int p, MemorySegment to, int q, long at, int dim) {
        int padded = type.paddedKey(dim);
        switch (type) {
            case F32 -> column(from, at + 4L * p, to, at + 4L * q, 4, dim, 4 * PAGE);
            case F16, BF16 -> column(from, at + 2L * p, to, at + 2L * q, 2, dim, 2 * PAGE);
            case Q8_0, Q4_0 -> {
                int rows = type == KvType.Q8_0 ? BLOCK : BLOCK / 2;
                long block = at;
                for (int d = 0; d < padded; d += BLOCK, block += 2 * PAGE + rows * PAGE) {
                    MemorySegment.copy(from, block + 2L * p, to, block + 2L * q, 2);
                    column(from, block + 2 * PAGE + p, to, block + 2 * PAGE + q, 1, rows, PAGE);
                }
            }
        }
    }

    private static void column(
            MemorySegment from, long at, MemorySegment to, long toAt, int bytes, int rows, int stride) {
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(from, at + (long) r * stride, to, toAt + (long) r * stride, bytes);
        }
    }

    static float half(MemorySegment page, long at) {
        return Float.float16ToFloat(page.get(I16, at));
    }

    /** To the nearest, ties to even; no NaN becomes infinite. */
    static short bfloat16(float x) {
        int bits = Float.floatToRawIntBits(x);
        int rounded = Float.isNaN(x) ? bits | 1 << 22 : bits + 0x7fff + (bits >>> 16 & 1);
        return (short) (rounded >>> 16);
    }
}
