package dev.keiryo.tensor;

/** Element-wise non-linear functions. */
public enum Activation {
    /** {@code x·σ(x)}. */
    SILU,
    /** {@code x/2·(1 + erf(x/√2))}, exactly. */
    GELU,
    /** {@code x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))}: GPT-2, Gemma, T5 v1.1. */
    GELU_TANH,
    /** {@code max(x, 0)}. */
    RELU;

    /** {@code f(x)}. */
    public float of(float x) {
        return switch (this) {
            case SILU -> (float) (x / (1 + Math.exp(-x)));
            case GELU -> (float) (0.5 * x * (1 + Erf.of(x / Math.sqrt(2))));
            case GELU_TANH -> (float) (0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
            case RELU -> Math.max(x, 0);
        };
    }
}
