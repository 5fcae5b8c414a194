package dev.keiryo.calibrate;

import java.util.Locale;

/** How weights become those of a type. */
public enum QuantizationMethod {
    /** Each the nearest, scales such that errors are small. */
    NEAREST,
    /** Errors weighed by an {@link ImportanceMatrix}. */
    IMPORTANCE,
    /** {@link SequentialGptq}. */
    GPTQ,
    /** {@link Awq}. */
    AWQ,
    /** {@link SmoothQuant}, then each the nearest. */
    SMOOTHQUANT;

    /** Whether a text is needed. */
    public boolean isCalibrated() {
        return this != NEAREST;
    }

    /** As the command line has it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
