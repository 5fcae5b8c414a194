package dev.keiryo.quantize;

import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.BlockCodes;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Rounds to whole numbers of 3, 4 or 8 bits that share one scale over a group of columns, or over a row: {@code w = d·q} with
 * {@code d = max|w| / (2^(b-1) - 1)}, or with a zero point {@code w = d·(q - z)}, {@code d = (max - min) / (2^b - 1)}, 0 being
 * exact. Each weight becomes the nearest; nothing is searched for. Not thread-safe.
 *
 * <p>They are stored in blocks of 32 that repeat what their group shares: Q4_0, Q8_0, Q4_1, and INT8 for 8 bits with a zero
 * point. Q4_1 holds {@code m = -d·z} in float16: exact, as its d has seven significant bits and z four.
 */
public final class IntegerQuantizer {
    private static final int BLOCK = 32;

    private final BlockCodec codec;
    private final int group;
    /** The codes' range, counted from the lowest. */
    private final int steps;

    private final boolean zeroPoint;
    private final BlockCodes codes = new BlockCodes();
    private float d;
    private int zero;

    /** Of as many bits as {@code type} holds. */
    public IntegerQuantizer(TensorType type, int group) {
        this(type, type == TensorType.Q8_0 || type == TensorType.INT8 ? 8 : 4, group);
    }

    /**
     * @param type Q4_0 or Q8_0 for symmetric numbers, Q4_1 or INT8 for those with a zero point
     * @param bits of a number: 3 or 4 in Q4_0 and Q4_1, 8 in the others
     * @param group columns that share a scale, a multiple of 32; 0: all of a row
     */
    public IntegerQuantizer(TensorType type, int bits, int group) {
        if (group < 0 || group % BLOCK != 0) {
            throw new IllegalArgumentException("a group should be a multiple of 32 columns, or 0, but is " + group);
        }
        this.codec = Objects.requireNonNull(Codecs.block(type), type::label);
        this.group = group;
        this.steps = switch (type) {
            case Q4_0 -> (1 << bits) - 2;
            case Q8_0 -> 254;
            case Q4_1 -> (1 << bits) - 1;
            case INT8 -> 255;
            default -> throw new IllegalArgumentException(type.label() + " holds no whole numbers");
        };
        this.zeroPoint = codec.hasOffset();
    }

    /** Encodes a row, {@code in[at … at+cols)}, to {@code out} from byte {@code offset} on. */
    public void encode(float[] in, int at, int cols, MemorySegment out, long offset) {
        int step = group == 0 ? cols : group;
        for (int from = 0; from < cols; from += step) {
            int to = Math.min(cols, from + step);
            measure(in, at + from, at + to);
            codes.d = d;
            codes.m = codec.type() == TensorType.INT8 ? zero : -d * zero;
            int lowest = zeroPoint ? 0 : codec.zero() - steps / 2;
            for (int b = from; b < to; b += BLOCK) {
                for (int i = 0; i < BLOCK; i++) {
                    float q = d == 0 ? zero : (float) Math.rint(in[at + b + i] / d) + zero;
                    codes.quants[i] = lowest + (int) Math.clamp(q, 0, steps);
                }
                codec.pack(
                        codes, out, offset + (long) (b / BLOCK) * codec.type().blockBytes());
            }
        }
    }

    /** Scale and zero of a group. */
    private void measure(float[] in, int from, int to) {
        float least = 0;
        float most = 0;
        for (int i = from; i < to; i++) {
            least = Math.min(least, in[i]);
            most = Math.max(most, in[i]);
        }
        if (!zeroPoint) {
            d = Quantizer.half(2.0 * Math.max(most, -least) / steps);
            zero = steps / 2;
            return;
        }
        double exact = ((double) most - least) / steps;
        d = Quantizer.half(codec.type() == TensorType.INT8 ? exact : sevenBits((float) exact));
        zero = d == 0 ? 0 : (int) Math.clamp(Math.rint(-least / d), 0, steps);
    }

    /** The nearest number of seven significant bits. */
    private static float sevenBits(float v) {
        return Float.intBitsToFloat((Float.floatToRawIntBits(v) + (1 << 16)) & -(1 << 17));
    }
}
