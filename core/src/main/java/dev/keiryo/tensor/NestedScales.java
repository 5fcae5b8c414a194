package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Double quantization: {@code absmax[i] = mean + scale[i / 256]·value[c[i]]}, c a byte before each block's nibbles that chooses
 * among the 256 values of the dynamic 8-bit type. The blocks of a tensor are counted through, row after row. So 256 blocks of 64
 * weights share the 32 bits of a scale: {@code 4 + 8/64 + 32/(64·256) = 4.127} bits a weight.
 *
 * <p>Dettmers et al. 2023 (QLoRA), arXiv:2305.14314, section 3; the dynamic type: Dettmers et al. 2022, arXiv:2110.02861, and
 * bitsandbytes' {@code create_dynamic_map}, which takes it for this purpose.
 *
 * @param constants float32, little-endian: the mean, then one scale for each 256 blocks of the whole tensor
 * @param first which block of the whole tensor the weight's first one is
 */
public record NestedScales(MemorySegment constants, long first) {
    /** Blocks that share a scale. */
    static final int GROUP = 256;

    /** What the name of a tensor's constants ends in. */
    public static final String SUFFIX = ".absmax";

    private static final float[] VALUES = dynamic();
    /** Between a value and the next. */
    private static final float[] MIDDLES = middles();

    /** How many numbers go with {@code blocks} blocks. */
    public static long count(long blocks) {
        return 1 + Math.ceilDiv(blocks, GROUP);
    }

    /** The constants and, in {@code codes}, the bytes that say {@code absmax} of each block of a tensor as nearly as they can. */
    public static NestedScales of(float[] absmax, byte[] codes) {
        double sum = 0;
        for (float a : absmax) {
            sum += a;
        }
        float mean = absmax.length == 0 ? 0 : (float) (sum / absmax.length);
        MemorySegment constants = MemorySegment.ofArray(new byte[4 * (int) count(absmax.length)]);
        constants.set(Matrix.F32, 0, mean);
        for (int from = 0; from < absmax.length; from += GROUP) {
            int to = Math.min(absmax.length, from + GROUP);
            float scale = 0;
            for (int i = from; i < to; i++) {
                scale = Math.max(scale, Math.abs(absmax[i] - mean));
            }
            constants.set(Matrix.F32, 4L * (1 + from / GROUP), scale);
            for (int i = from; i < to; i++) {
                codes[i] = (byte) nearest(scale == 0 ? 0 : (absmax[i] - mean) / scale);
            }
        }
        return new NestedScales(constants, 0);
    }

    /** The absmax that {@code code} says for block {@code block} of the weight. */
    public float absmax(long block, int code) {
        float scale = constants.get(Matrix.F32, 4 * (1 + (first + block) / GROUP));
        return constants.get(Matrix.F32, 0) + scale * VALUES[code & 0xff];
    }

    /** Writes the largest magnitude of each block of {@code in[0, count)} to {@code out}, from {@code at} on. */
    public static void absmax(float[] in, int count, float[] out, int at) {
        for (int i = 0; i < count; i += Absmax4.BLOCK) {
            out[at + i / Absmax4.BLOCK] = Absmax4.absmax(in, i);
        }
    }

    /**
     * Encodes {@code in[0, count)}, whole blocks, to {@code out}: each weight becomes the value nearest to it with the scale that is
     * read back.
     *
     * @param block which block of the weight the first one is
     * @param codes the blocks' bytes, as {@link #of} filled them in
     */
    public void encode(TensorType type, float[] in, int count, int block, byte[] codes, MemorySegment out) {
        CodeBook book = Absmax4.book(type);
        for (int i = 0; i < count; i += Absmax4.BLOCK) {
            int b = block + i / Absmax4.BLOCK;
            long at = type.bytes(i);
            BlockCodec.put(out, at, codes[b]);
            Absmax4.pack(book, in, i, absmax(b, codes[b]), out, at + 1);
        }
    }

    /** The same for a weight that begins {@code blocks} further on. */
    NestedScales from(long blocks) {
        return new NestedScales(constants, first + blocks);
    }

    /** The 256 values, ascending. */
    static float[] values() {
        return VALUES.clone();
    }

    private static int nearest(float v) {
        int i = Arrays.binarySearch(MIDDLES, v);
        return i < 0 ? -i - 1 : i;
    }

    /**
     * For each exponent from -6 to 0, {@code 2^(6+e)} fractions evenly from 0.1 to 1, times {@code 10^e}, of either sign; 0; and 1.
     */
    private static float[] dynamic() {
        float[] values = new float[256];
        int n = 0;
        for (int i = 0; i < 7; i++) {
            int fractions = 1 << i;
            for (int f = 0; f < fractions; f++) {
                double middle = 0.1 + 0.9 * (f + 0.5) / fractions;
                values[n++] = (float) (Math.pow(10, i - 6) * middle);
                values[n++] = (float) (-Math.pow(10, i - 6) * middle);
            }
        }
        values[n] = 1;
        Arrays.sort(values);
        return values;
    }

    private static float[] middles() {
        float[] middles = new float[VALUES.length - 1];
        for (int i = 0; i < middles.length; i++) {
            middles[i] = (VALUES[i] + VALUES[i + 1]) / 2;
        }
        return middles;
    }
}
