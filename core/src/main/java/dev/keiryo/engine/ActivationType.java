package dev.keiryo.engine;

import java.util.Locale;

/**
 * What the inputs of matrix products are rounded to where weights are quantized. With 8 bits, {@code x ≈ d·q}, q from -127 to 127. Either way
 * a token's result depends on that token alone. The three with 8 bits take the same time.
 */
public enum ActivationType {
    /** 8 bits, {@code d = max|x|/127} for each block of 32 numbers. */
    INT8,
    /** 8 bits, {@code d = max|x|/127} for each token. */
    INT8_TOKEN,
    /** 8 bits, one d for all tokens, which the model's file has for each matrix: {@link dev.keiryo.quantize.ActivationScales}. */
    INT8_STATIC,
    /** Not rounded: several times as slow. */
    F32;

    /** The name on the command line: {@code int8-token}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
