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
        return (float) of((double) x);
    }

    /** {@code f(x)} in double precision. */
    public double of(double x) {
        return switch (this) {
            case SILU -> x / (1 + Math.exp(-x));
            case GELU -> 0.5 * x * (1 + Erf.of(x / Math.sqrt(2)));
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case RELU -> Math.max(x, 0);
        };
    }

    /** {@code f'(x)} in double precision; RELU's at 0 is 0. */
    public double derivative(double x) {
        return switch (this) {
            case SILU -> {
                double sigma = 1 / (1 + Math.exp(-x));
                yield sigma * (1 + x * (1 - sigma));
            }
            case GELU -> 0.5 * (1 + Erf.of(x / Math.sqrt(2))) + x * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
            case GELU_TANH -> {
                double c = Math.sqrt(2 / Math.PI);
                double t = Math.tanh(c * (x + 0.044715 * x * x * x));
                yield 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x);
            }
            case RELU -> x > 0 ? 1 : 0;
        };
    }
}
