package dev.keiryo.template;

import java.math.BigInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code int(str)} and {@code float(str)}. */
final class Numbers {
    private static final int MOST_DIGITS = 4300;
    private static final Pattern REAL = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Pattern NAMED = Pattern.compile("[+-]?(inf(inity)?|nan)", Pattern.CASE_INSENSITIVE);

    private Numbers() {}

    /** The integer that {@code text} spells, or null. */
    static @Nullable BigInteger integer(String text, int base) {
        String s = withoutUnderscores(Text.strip(text, true, true));
        if (s == null || (base != 0 && (base < 2 || base > 36))) {
            return null;
        }
        boolean negative = s.startsWith("-");
        if (negative || s.startsWith("+")) {
            s = s.substring(1);
        }
        int radix = base;
        int named = s.length() > 2 && s.charAt(0) == '0' ? radix(s.charAt(1)) : 0;
        if (named > 0 && (base == 0 || base == named)) {
            s = s.substring(2);
            radix = named;
        } else if (base == 0) {
            radix = 10;
            if (s.startsWith("0") && !s.matches("0+")) {
                return null;
            }
        }
        if (s.isEmpty() || s.length() > MOST_DIGITS || s.startsWith("-") || s.startsWith("+")) {
            return null;
        }
        try {
            BigInteger n = new BigInteger(s, radix);
            return negative ? n.negate() : n;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static int radix(char letter) {
        return switch (letter) {
            case 'b', 'B' -> 2;
            case 'o', 'O' -> 8;
            case 'x', 'X' -> 16;
            default -> 0;
        };
    }

    /** The number that {@code text} spells, or null. */
    static @Nullable Double real(String text) {
        String s = withoutUnderscores(Text.strip(text, true, true));
        if (s == null) {
            return null;
        }
        if (NAMED.matcher(s).matches()) {
            double named = Text.lower(s).contains("nan") ? Double.NaN : Double.POSITIVE_INFINITY;
            return s.startsWith("-") ? -named : named;
        }
        return REAL.matcher(s).matches() ? Double.valueOf(s) : null;
    }

    /** Underscores may stand between digits. */
    private static @Nullable String withoutUnderscores(String s) {
        for (int i = s.indexOf('_'); i >= 0; i = s.indexOf('_', i + 1)) {
            boolean between = i > 0
                    && i + 1 < s.length()
                    && Character.isLetterOrDigit(s.charAt(i - 1))
                    && Character.isLetterOrDigit(s.charAt(i + 1));
            if (!between) {
                return null;
            }
        }
        return s.replace("_", "");
    }
}
