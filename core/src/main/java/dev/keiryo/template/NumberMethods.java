package dev.keiryo.template;

import org.jspecify.annotations.Nullable;

/** The members of Python's numbers that a template may meet. */
final class NumberMethods {
    private NumberMethods() {}

    static @Nullable Object find(Object number, String name) {
        return switch (name) {
            case "real" -> number instanceof Boolean ? Values.number(Values.integer(number)) : number;
            case "imag" -> number instanceof Double ? (Object) 0.0 : (Object) 0L;
            case "is_integer" ->
                number instanceof Double d ? (Callable) a -> d == Math.rint(d) && !Double.isInfinite(d) : null;
            case "bit_length" ->
                number instanceof Double
                        ? null
                        : (Callable) a -> (long) Values.integer(number).abs().bitLength();
            case "numerator" -> number instanceof Double ? null : Values.number(Values.integer(number));
            case "denominator" -> number instanceof Double ? null : (Object) 1L;
            default -> null;
        };
    }
}
