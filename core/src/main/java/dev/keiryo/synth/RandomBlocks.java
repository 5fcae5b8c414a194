package dev.keiryo.synth;

import dev.keiryo.tensor.CodeBook;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.NestedScales;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;

/**
 * Blocks of the quantized formats made without quantizing anything: every code is as likely as any other, and the scales
 * are such that the weights that a block stands for have mean 0 and the wanted standard deviation. Enough for a model
 * whose weights mean nothing; what a real model's weights would become in the format is another distribution.
 *
 * <p>Each block is random bytes, of which the fields that set its scale are then written over: the wanted deviation by
 * the root mean square of a uniform draw from the format's code points.
 */
final class RandomBlocks {
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final Set<TensorType> TYPES = EnumSet.of(
            TensorType.Q4_0,
            TensorType.Q4_1,
            TensorType.Q5_0,
            TensorType.Q5_1,
            TensorType.Q2_K,
            TensorType.Q3_K,
            TensorType.Q4_K,
            TensorType.Q5_K,
            TensorType.Q6_K,
            TensorType.IQ4_NL,
            TensorType.IQ4_XS,
            TensorType.MXFP4,
            TensorType.NF4,
            TensorType.FP4,
            TensorType.NF4_DQ,
            TensorType.FP4_DQ,
            TensorType.INT8);

    /** Of the sixteen levels of IQ4_NL: √(Σ level² / 16). */
    private static final double LEVELS_RMS = Math.sqrt((127 * 127 + 104 * 104 + 83 * 83 + 65 * 65 + 49 * 49 + 35 * 35
                    + 22 * 22 + 10 * 10 + 1 + 13 * 13 + 25 * 25 + 38 * 38 + 53 * 53 + 69 * 69 + 89 * 89 + 113 * 113)
            / 16.0);
    /** Mean square of the numbers of four bits E2M1: 0, ½, 1, 1½, 2, 3, 4, 6, of either sign. */
    private static final double E2M1_SQUARE = (0.25 + 1 + 2.25 + 4 + 9 + 16 + 36) / 8;

    private static final double NORMAL_RMS = rms(CodeBook.NF4.numbers());
    private static final double FLOAT_RMS = rms(CodeBook.FP4.numbers());

    private RandomBlocks() {}

    private static double rms(float[] values) {
        double square = 0;
        for (float v : values) {
            square += v * v;
        }
        return Math.sqrt(square / values.length);
    }

    /** Whether {@link #fill} makes blocks of {@code type}. */
    static boolean make(TensorType type) {
        return TYPES.contains(type);
    }

    /**
     * Fills {@code blocks} blocks from byte 0 of {@code out} on.
     *
     * @param std of the decoded weights; of float16's range by a margin, as {@code 1/√in} is
     */
    static void fill(TensorType type, RandomBits random, double std, MemorySegment out, int blocks) {
        long bytes = (long) blocks * type.blockBytes();
        long at = 0;
        for (; at + 8 <= bytes; at += 8) {
            out.set(I64, at, random.next());
        }
        for (long rest = random.next(); at < bytes; at++, rest >>>= 8) {
            out.set(ValueLayout.JAVA_BYTE, at, (byte) rest);
        }
        for (int b = 0; b < blocks; b++) {
            scale(type, out, (long) b * type.blockBytes(), random, std);
        }
    }

    private static void scale(TensorType type, MemorySegment out, long block, RandomBits random, double std) {
        switch (type) {
            // The codes' range has one more negative than positive: blocks of either sign have mean 0.
            case Q4_0 -> half(out, block, signed(random, std / codes(16, 8)));
            case Q5_0 -> half(out, block, signed(random, std / codes(32, 16)));
            case IQ4_NL -> half(out, block, signed(random, std / LEVELS_RMS));
            case Q4_1 -> scaleAndMin(out, block, std / codes(16, 7.5), 7.5);
            case Q5_1 -> scaleAndMin(out, block, std / codes(32, 15.5), 15.5);
            case Q2_K -> {
                double square = 0;
                for (int i = 0; i < 16; i++) {
                    int s = 8 + (out.get(ValueLayout.JAVA_BYTE, block + i) & 7);
                    out.set(ValueLayout.JAVA_BYTE, block + i, (byte) (s | s << 4));
                    square += s * s / 16.0;
                }
                double d = std / codes(4, 1.5) / Math.sqrt(square);
                half(out, block + 80, d);
                half(out, block + 82, 1.5 * d);
            }
            case Q4_K -> kScales(out, block, random, std / codes(16, 7.5), 7.5);
            case Q5_K -> kScales(out, block, random, std / codes(32, 15.5), 15.5);
            case Q3_K -> half(out, block + 108, std / codes(64, 32) / codes(8, 4));
            case Q6_K -> half(out, block + 208, std / codes(256, 128) / codes(64, 32));
            case IQ4_XS -> half(out, block, std / codes(64, 32) / LEVELS_RMS);
            case NF4 -> out.set(Matrix.F32, block, (float) signed(random, std / NORMAL_RMS));
            // The least and the greatest of the codes, -0.99 and 1.
            case NF4_DQ, FP4_DQ -> out.set(ValueLayout.JAVA_BYTE, block, (byte) (random.next() < 0 ? 0 : 255));
            case INT8 -> {
                half(out, block, signed(random, std / codes(256, 128)));
                half(out, block + 2, 128);
            }
            case FP4 -> out.set(Matrix.F32, block, (float) signed(random, std / FLOAT_RMS));
            case MXFP4 -> out.set(ValueLayout.JAVA_BYTE, block, (byte) exponent(random, std));
            default -> throw new IllegalArgumentException("blocks of " + type.label() + " are not made");
        }
    }

    /** The scales of {@code blocks} blocks, which are of either sign. */
    static NestedScales nestedScales(TensorType type, double std, long blocks) {
        double rms = (type == TensorType.NF4_DQ ? NORMAL_RMS : FLOAT_RMS);
        byte[] constants = new byte[Math.toIntExact(4 * NestedScales.count(blocks))];
        for (int i = 4; i < constants.length; i += 4) {
            MemorySegment.ofArray(constants).set(Matrix.F32, i, (float) (std / rms));
        }
        return new NestedScales(MemorySegment.ofArray(constants), 0);
    }

    /** √mean (q - zero)² over q = 0 … count-1. */
    private static double codes(int count, double zero) {
        double mean = (count - 1) / 2.0 - zero;
        return Math.sqrt(((double) count * count - 1) / 12 + mean * mean);
    }

    private static double signed(RandomBits random, double d) {
        return random.next() < 0 ? -d : d;
    }

    private static void half(MemorySegment out, long at, double x) {
        out.set(I16, at, Float.floatToFloat16((float) x));
    }

    /** Of formats {@code d·q + m}: m puts the codes' middle at 0. */
    private static void scaleAndMin(MemorySegment out, long at, double d, double middle) {
        half(out, at, d);
        half(out, at + 2, -d * middle);
    }

    /** Of formats {@code (d·s)·q - (dmin·m)}: s of 32 to 63, m equal to it, d and dmin as the codes' middle demands. */
    private static void kScales(MemorySegment out, long block, RandomBits random, double d, double middle) {
        long bits = random.next();
        int[] s = new int[8];
        double square = 0;
        for (int i = 0; i < 8; i++) {
            s[i] = 32 + (int) (bits >>> (5 * i) & 31);
            square += s[i] * s[i] / 8.0;
        }
        for (int i = 0; i < 4; i++) {
            int high = s[i + 4] >> 4 << 6;
            out.set(ValueLayout.JAVA_BYTE, block + 4 + i, (byte) (s[i] | high));
            out.set(ValueLayout.JAVA_BYTE, block + 8 + i, (byte) (s[i] | high));
            out.set(ValueLayout.JAVA_BYTE, block + 12 + i, (byte) ((s[i + 4] & 15) * 17));
        }
        double scale = d / Math.sqrt(square);
        half(out, block, scale);
        half(out, block + 2, scale * middle);
    }

    /**
     * The exponent byte of an MXFP4 block: scales are powers of two only, so one of the two around the right one, as often
     * as makes the mean square right.
     */
    private static int exponent(RandomBits random, double std) {
        double scale = std / Math.sqrt(E2M1_SQUARE);
        int e = Math.getExponent(scale);
        double share = (scale * scale / Math.scalb(1.0, 2 * e) - 1) / 3;
        double draw = (random.next() >>> 11) * 0x1p-53;
        return 127 + e + (draw < share ? 1 : 0);
    }
}
