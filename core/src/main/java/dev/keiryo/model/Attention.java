package dev.keiryo.model;

import org.jspecify.annotations.Nullable;

/**
 * What is particular to one attention.
 *
 * @param heads query heads
 * @param kvHeads key/value heads; head h reads key/value head {@code h / (heads / kvHeads)}
 * @param headDim numbers of a query or key head
 * @param valueDim numbers of a value head
 * @param scale factor on {@code q·k}, usually {@code 1/√headDim}
 * @param softcap {@code c·tanh(s/c)} on the scaled scores, or 0 for none. Gemma 2, arXiv:2408.00118
 * @param window how many positions a token sees, itself included; 0 for all. A token at p sees (p - window, p]
 * @param causal whether a token sees only itself and what is before it
 * @param bias added to the scores by distance (ALiBi, T5), or null
 */
public record Attention(
        int heads,
        int kvHeads,
        int headDim,
        int valueDim,
        float scale,
        float softcap,
        int window,
        boolean causal,
        @Nullable PositionBias bias) {
    public Attention {
        if (heads <= 0 || kvHeads <= 0 || heads % kvHeads != 0) {
            throw new IllegalArgumentException(heads + " heads cannot share " + kvHeads + " key/value heads");
        }
        if (headDim <= 0 || valueDim <= 0 || window < 0) {
            throw new IllegalArgumentException(
                    "head size " + headDim + ", value size " + valueDim + ", window " + window);
        }
    }

    /** Causal attention over the whole past with {@code scale = 1/√headDim}. */
    public static Attention causal(int heads, int kvHeads, int headDim) {
        return new Attention(heads, kvHeads, headDim, headDim, (float) (1 / Math.sqrt(headDim)), 0, 0, true, null);
    }

    public Attention withValueDim(int newValueDim) {
        return new Attention(heads, kvHeads, headDim, newValueDim, scale, softcap, window, causal, bias);
    }

    public Attention withWindow(int newWindow) {
        return new Attention(heads, kvHeads, headDim, valueDim, scale, softcap, newWindow, causal, bias);
    }

    public Attention withScale(float newScale) {
        return new Attention(heads, kvHeads, headDim, valueDim, newScale, softcap, window, causal, bias);
    }

    public Attention withSoftcap(float newSoftcap) {
        return new Attention(heads, kvHeads, headDim, valueDim, scale, newSoftcap, window, causal, bias);
    }

    public Attention withBias(PositionBias newBias) {
        return new Attention(heads, kvHeads, headDim, valueDim, scale, softcap, window, causal, newBias);
    }

    /** The same, seeing what comes after as well. */
    public Attention bidirectional() {
        return new Attention(heads, kvHeads, headDim, valueDim, scale, softcap, window, false, bias);
    }
}
