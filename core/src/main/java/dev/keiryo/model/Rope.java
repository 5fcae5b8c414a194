package dev.keiryo.model;

import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Rotary position embedding: the i-th pair of a head is rotated by {@code position·frequency[i]}. Su et al. 2021,
 * arXiv:2104.09864.
 *
 * <p>All scaling methods only change the frequencies and one magnitude, computed once here: linear (position
 * interpolation, arXiv:2306.15595), NTK, YaRN (arXiv:2309.00071), Llama 3 and longrope (arXiv:2402.13753) factors.
 *
 * @param layout which two numbers of a head are a pair
 * @param headDim numbers of a head
 * @param frequencies radians per position of each pair; {@code 2·frequencies.length} numbers of a head rotate, the rest
 *     stay
 * @param magnitude factor on the rotated numbers, 1 for none (YaRN, longrope)
 * @param longAbove a sequence that may grow beyond this uses {@code longRope} from its start; 0 for never
 * @param longRope from the tokens that such a sequence may grow to, to what it uses (longrope, dynamic NTK), or null.
 *     Gives the same object for the same number
 */
public record Rope(
        RopeLayout layout,
        int headDim,
        float[] frequencies,
        float magnitude,
        int longAbove,
        @Nullable IntFunction<Rope> longRope) {
    public Rope {
        if (2 * frequencies.length > headDim) {
            throw new IllegalArgumentException(2 * frequencies.length + " rotating numbers in heads of " + headDim);
        }
    }

    public Rope(RopeLayout layout, int headDim, float[] frequencies, float magnitude) {
        this(layout, headDim, frequencies, magnitude, 0, null);
    }

    /** What a sequence that may grow to {@code capacity} tokens rotates by. */
    public Rope forCapacity(int capacity) {
        return longRope != null && capacity > longAbove ? longRope.apply(capacity) : this;
    }

    /** Unscaled: {@code frequency[i] = base^(-2i/dims)} for the first {@code dims} numbers of a head. */
    public static Rope plain(RopeLayout layout, int headDim, int dims, double base) {
        return new Rope(layout, headDim, frequencies(dims, base), 1);
    }

    /** {@code base^(-2i/dims)} for {@code i < dims/2}. */
    public static float[] frequencies(int dims, double base) {
        float[] f = new float[dims / 2];
        for (int i = 0; i < f.length; i++) {
            f[i] = (float) Math.pow(base, -2.0 * i / dims);
        }
        return f;
    }

    /** Divides each frequency by its factor: Llama 3's {@code rope_freqs}, longrope's long and short factors. */
    public Rope dividedBy(float[] factors) {
        if (factors.length != frequencies.length) {
            throw new IllegalArgumentException(
                    factors.length + " frequency factors for " + frequencies.length + " frequencies");
        }
        float[] f = frequencies.clone();
        for (int i = 0; i < f.length; i++) {
            f[i] /= factors[i];
        }
        return new Rope(layout, headDim, f, magnitude, longAbove, longRope);
    }

    public Rope withMagnitude(float newMagnitude) {
        return new Rope(layout, headDim, frequencies, newMagnitude, longAbove, longRope);
    }

    /** The same for sequences of at most {@code capacity} tokens, and {@code other} for longer ones. */
    public Rope above(int capacity, Rope other) {
        return new Rope(layout, headDim, frequencies, magnitude, capacity, any -> other);
    }

    /**
     * Dynamic NTK-aware scaling, for a rope that is otherwise unscaled: where a sequence may grow to
     * {@code n > context} tokens, its base is {@code base·(factor·n/context - (factor - 1))^(d/(d-2))}, d being the
     * rotating numbers. Peng et al. 2023, arXiv:2309.00071, section 3; the formula is Hugging Face's.
     *
     * @param context positions the model was trained for
     */
    public Rope dynamic(int context, double base, float factor) {
        int dims = 2 * frequencies.length;
        Map<Integer, Rope> made = new ConcurrentHashMap<>();
        return new Rope(
                layout,
                headDim,
                frequencies,
                magnitude,
                context,
                capacity -> made.computeIfAbsent(capacity, n -> {
                    double growth = Math.pow((double) factor * n / context - (factor - 1), dims / (dims - 2.0));
                    return plain(layout, headDim, dims, base * growth);
                }));
    }

    /** Linear scaling: positions are divided by {@code factor}. */
    public Rope linear(float factor) {
        float[] f = frequencies.clone();
        for (int i = 0; i < f.length; i++) {
            f[i] /= factor;
        }
        return new Rope(layout, headDim, f, magnitude, longAbove, longRope);
    }

    /**
     * YaRN: low frequencies are interpolated by {@code factor}, high ones kept, with a ramp between the pairs that turn
     * {@code betaFast} and {@code betaSlow} times over the original context.
     *
     * @param attentionFactor the magnitude; the paper's is {@code 0.1·ln(factor) + 1}
     */
    public Rope yarn(
            float factor, int originalContext, double base, float betaFast, float betaSlow, float attentionFactor) {
        int dims = 2 * frequencies.length;
        double low = Math.max(0, Math.floor(yarnPair(dims, originalContext, base, betaFast)));
        double high = Math.min(dims - 1, Math.ceil(yarnPair(dims, originalContext, base, betaSlow)));
        float[] f = frequencies.clone();
        for (int i = 0; i < f.length; i++) {
            double ramp = (i - low) / Math.max(0.001, high - low);
            double kept = 1 - Math.min(1, Math.max(0, ramp));
            f[i] = (float) (f[i] / factor * (1 - kept) + f[i] * kept);
        }
        return new Rope(layout, headDim, f, attentionFactor, longAbove, longRope);
    }

    private static double yarnPair(int dims, int originalContext, double base, double turns) {
        return dims * Math.log(originalContext / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }
}
