package dev.keiryo.kernel;

import static dev.keiryo.kernel.AttentionTile.PAGE;
import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.cache.KvType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Decodes a head's keys or values of a page, as {@link KvType} lays them out, to float32. */
final class VectorPages {
    private static final int BLOCK = 32;
    private static final int HALF = BLOCK / 2;
    private static final int SCALES = 2 * PAGE;

    private VectorPages() {}

    /** Keys {@code [dim, 64]}. */
    static void keys(KvType type, MemorySegment page, long at, int dim, MemorySegment out, long to) {
        switch (type) {
            case F32, F16, BF16 -> numbers(type, page, at, dim * PAGE, out, to);
            case Q8_0 -> {
                for (int d = 0; d < dim; d += BLOCK) {
                    keys8(page, at, out, to + 4L * d * PAGE);
                    at += SCALES + BLOCK * PAGE;
                }
            }
            case Q4_0 -> {
                for (int d = 0; d < dim; d += BLOCK) {
                    keys4(page, at, out, to + 4L * d * PAGE);
                    at += SCALES + HALF * PAGE;
                }
            }
        }
    }

    private static void keys8(MemorySegment page, long at, MemorySegment out, long to) {
        for (int p = 0; p < PAGE; p += LANES) {
            FloatVector scale = halves(Lanes.shorts(page, at + 2L * p));
            for (int i = 0; i < BLOCK; i++) {
                IntVector q = Lanes.signedBytes(page, at + SCALES + (long) i * PAGE + p);
                Lanes.store(Lanes.toFloat(q).mul(scale), out, to + 4L * (i * PAGE + p));
            }
        }
    }

    private static void keys4(MemorySegment page, long at, MemorySegment out, long to) {
        for (int p = 0; p < PAGE; p += LANES) {
            FloatVector scale = halves(Lanes.shorts(page, at + 2L * p));
            for (int i = 0; i < HALF; i++) {
                IntVector q = Lanes.bytes(page, at + SCALES + (long) i * PAGE + p);
                Lanes.store(low(q).mul(scale), out, to + 4L * (2 * i * PAGE + p));
                Lanes.store(high(q).mul(scale), out, to + 4L * ((2 * i + 1) * PAGE + p));
            }
        }
    }

    /** Positions {@code [first, end)} of values {@code [64, dim]}. */
    static void values(
            KvType type, MemorySegment page, long at, int dim, int first, int end, MemorySegment out, long to) {
        long begin = (long) first * dim;
        long quants = at + (long) SCALES * (dim / BLOCK);
        switch (type) {
            case F32 -> numbers(type, page, at + 4 * begin, (end - first) * dim, out, to + 4 * begin);
            case F16, BF16 -> numbers(type, page, at + 2 * begin, (end - first) * dim, out, to + 4 * begin);
            case Q8_0 -> {
                for (int p = first; p < end; p++) {
                    for (int d = 0; d < dim; d += LANES) {
                        float scale = Lanes.half(page, at + 2L * (d / BLOCK * PAGE + p));
                        IntVector q = Lanes.signedBytes(page, quants + (long) p * dim + d);
                        Lanes.store(Lanes.toFloat(q).mul(scale), out, to + 4L * (p * dim + d));
                    }
                }
            }
            case Q4_0 -> {
                for (int p = first; p < end; p++) {
                    for (int d = 0; d < dim; d += BLOCK) {
                        float scale = Lanes.half(page, at + 2L * (d / BLOCK * PAGE + p));
                        for (int i = 0; i < HALF; i += LANES) {
                            IntVector q = Lanes.bytes(page, quants + (long) (p * dim + d) / 2 + i);
                            Lanes.store(low(q).mul(scale), out, to + 4L * (p * dim + d + i));
                            Lanes.store(high(q).mul(scale), out, to + 4L * (p * dim + d + HALF + i));
                        }
                    }
                }
            }
        }
    }

    private static void numbers(KvType type, MemorySegment page, long at, int n, MemorySegment out, long to) {
        switch (type) {
            case F16 -> {
                for (int i = 0; i < n; i += LANES) {
                    Lanes.store(halves(Lanes.shorts(page, at + 2L * i)), out, to + 4L * i);
                }
            }
            case BF16 -> {
                for (int i = 0; i < n; i += LANES) {
                    IntVector bits = Lanes.shorts(page, at + 2L * i).lanewise(VectorOperators.LSHL, 16);
                    Lanes.store(bits.reinterpretAsFloats(), out, to + 4L * i);
                }
            }
            default -> MemorySegment.copy(page, at, out, to, 4L * n);
        }
    }

    private static FloatVector low(IntVector pairs) {
        return Lanes.toFloat(pairs.and(15).sub(8));
    }

    private static FloatVector high(IntVector pairs) {
        return Lanes.toFloat(pairs.lanewise(VectorOperators.LSHR, 4).sub(8));
    }

    /** The float16s in the low halves: exponents are moved by a multiplication, which subnormal numbers stand as well. */
    static FloatVector halves(IntVector bits) {
        IntVector magnitude = bits.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
        IntVector scaled = magnitude.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
        IntVector special = scaled.or(0x7f800000);
        IntVector number = scaled.blend(special, magnitude.compare(VectorOperators.GE, 0x7c00 << 13));
        return number.or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16)).reinterpretAsFloats();
    }
}
