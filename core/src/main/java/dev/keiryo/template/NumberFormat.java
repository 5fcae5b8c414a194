package dev.keiryo.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/** Digits of numbers, as {@code %} and {@code format()} write them: without sign, without padding. */
final class NumberFormat {
    private NumberFormat() {}

    /** Of a whole number in base 2, 8, 10 or 16; {@code prefix} writes {@code 0x} and the like. */
    static String integer(BigInteger n, char type, boolean prefix) {
        BigInteger absolute = n.abs();
        return switch (type) {
            case 'b' -> (prefix ? "0b" : "") + absolute.toString(2);
            case 'o' -> (prefix ? "0o" : "") + absolute.toString(8);
            case 'x' -> (prefix ? "0x" : "") + absolute.toString(16);
            case 'X' -> (prefix ? "0X" : "") + Text.upper(absolute.toString(16));
            default -> Representation.decimal(absolute);
        };
    }

    /**
     * Of {@code |d|}.
     *
     * @param type e, f, g, or a capital, or % (already multiplied)
     * @param keep keeps the point and, for g, zeros at the end
     */
    static String real(double d, char type, int precision, boolean keep) {
        boolean capital = Character.isUpperCase(type);
        if (Double.isNaN(d) || Double.isInfinite(d)) {
            String name = Double.isNaN(d) ? "nan" : "inf";
            return capital ? Text.upper(name) : name;
        }
        BigDecimal exact = new BigDecimal(Math.abs(d));
        String text = switch (Character.toLowerCase(type)) {
            case 'e' -> exponential(exact, precision, keep);
            case 'g' -> general(exact, precision == 0 ? 1 : precision, keep);
            default -> {
                String fixed = exact.setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
                yield precision == 0 && keep ? fixed + "." : fixed;
            }
        };
        return capital ? Text.upper(text) : text;
    }

    private static String exponential(BigDecimal d, int precision, boolean keep) {
        BigDecimal rounded = rounded(d, precision + 1);
        String digits = rounded.signum() == 0 ? "0" : rounded.unscaledValue().toString();
        int exponent = rounded.signum() == 0 ? 0 : digits.length() - 1 - rounded.scale();
        digits = digits.length() > precision + 1
                ? digits.substring(0, precision + 1)
                : digits + "0".repeat(precision + 1 - digits.length());
        return digits.charAt(0) + (precision > 0 || keep ? "." : "") + digits.substring(1) + exponent(exponent);
    }

    private static String exponent(int e) {
        return (e < 0 ? "e-" : "e+") + (Math.abs(e) < 10 ? "0" : "") + Math.abs(e);
    }

    private static BigDecimal rounded(BigDecimal d, int digits) {
        return d.signum() == 0 ? d : d.round(new MathContext(digits, RoundingMode.HALF_EVEN));
    }

    private static String general(BigDecimal d, int precision, boolean keep) {
        BigDecimal rounded = rounded(d, precision);
        int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - 1 - rounded.scale();
        if (exponent < -4 || exponent >= precision) {
            String text = exponential(d, precision - 1, keep);
            int e = text.indexOf('e');
            return keep ? text : withoutZeros(text.substring(0, e)) + text.substring(e);
        }
        String text = rounded.setScale(Math.max(0, precision - 1 - exponent), RoundingMode.HALF_EVEN)
                .toPlainString();
        return keep ? (text.indexOf('.') < 0 ? text + "." : text) : withoutZeros(text);
    }

    private static String withoutZeros(String s) {
        if (s.indexOf('.') < 0) {
            return s;
        }
        int end = s.length();
        while (s.charAt(end - 1) == '0') {
            end--;
        }
        return s.substring(0, s.charAt(end - 1) == '.' ? end - 1 : end);
    }
}
