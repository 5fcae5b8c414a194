package dev.keiryo.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/** {@code string % values}. Source: Python's library reference, <i>printf-style String Formatting</i>. */
final class PrintfFormat {
    private static final int MOST = 100_000;

    private final String format;
    private final Object values;
    private final Budget budget;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private int used;

    private PrintfFormat(String format, Object values, Budget budget) {
        this.format = format;
        this.values = values;
        this.budget = budget;
    }

    static String format(String format, Object values, Budget budget) {
        PrintfFormat printf = new PrintfFormat(format, values, budget);
        printf.run();
        return printf.out.toString();
    }

    private void run() {
        boolean named = false;
        while (at < format.length()) {
            int percent = format.indexOf('%', at);
            if (percent < 0) {
                percent = format.length();
            }
            budget.allocate(percent - at);
            out.append(format, at, percent);
            at = percent + 1;
            if (percent < format.length()) {
                named |= directive();
            }
        }
        boolean left = values instanceof Tuple t ? used < t.size() : used == 0 && !(values instanceof Dict);
        boolean ignored = values instanceof Undefined || (values instanceof List<?> && !(values instanceof Tuple));
        if (!named && left && !ignored) {
            throw TemplateFailure.type("not all arguments converted during string formatting");
        }
    }

    /** One directive behind its {@code %}; whether it names its value. */
    private boolean directive() {
        Object value = null;
        if (peek() == '(') {
            int close = format.indexOf(')', at);
            if (close < 0) {
                throw TemplateFailure.value("incomplete format key");
            }
            String key = format.substring(at + 1, close);
            if (!(values instanceof Dict dict)) {
                throw TemplateFailure.type("format requires a mapping");
            }
            value = dict.get(key);
            if (value == null) {
                throw new TemplateFailure(TemplateFailure.Kind.LOOKUP, Representation.quoted(key));
            }
            at = close + 1;
        }
        boolean left = false;
        boolean plus = false;
        boolean space = false;
        boolean alternate = false;
        boolean zero = false;
        for (; at < format.length() && "-+ #0".indexOf(peek()) >= 0; at++) {
            left |= peek() == '-';
            plus |= peek() == '+';
            space |= peek() == ' ';
            alternate |= peek() == '#';
            zero |= peek() == '0';
        }
        int width = number();
        if (width < 0 && width != -1) {
            left = true;
            width = -width;
        }
        int precision = -1;
        if (peek() == '.') {
            at++;
            precision = Math.max(0, number());
        }
        while (peek() == 'l' || peek() == 'h' || peek() == 'L') {
            at++;
        }
        char type = peek();
        at++;
        boolean named = value != null;
        if (type == '%') {
            out.append('%');
            return named;
        }
        if (type == 0) {
            throw TemplateFailure.value("incomplete format");
        }
        Object v = value != null ? value : next();
        String digits = digits(v, type, precision, alternate);
        boolean numeric = "diouxXeEfFgG".indexOf(type) >= 0;
        String sign = !numeric ? "" : isNegative(v) ? "-" : plus ? "+" : space ? " " : "";
        pad(sign, digits, Math.max(0, width), left, zero && numeric && !left);
        return named;
    }

    private static boolean isNegative(Object v) {
        return v instanceof Double d
                ? d < 0 || (d == 0 && 1 / d < 0)
                : Values.integer(v).signum() < 0;
    }

    private void pad(String sign, String digits, int width, boolean left, boolean zero) {
        int room = Math.max(0, width - sign.length() - Text.length(digits));
        budget.allocate((long) room + digits.length());
        if (zero) {
            int prefix = digits.startsWith("0x") || digits.startsWith("0X") || digits.startsWith("0o") ? 2 : 0;
            out.append(sign).append(digits, 0, prefix).repeat("0", room).append(digits, prefix, digits.length());
        } else if (left) {
            out.append(sign).append(digits).repeat(" ", room);
        } else {
            out.repeat(" ", room).append(sign).append(digits);
        }
    }

    private String digits(Object v, char type, int precision, boolean alternate) {
        switch (type) {
            case 's', 'r', 'a' -> {
                String text = type == 's' ? Representation.str(v, budget) : Representation.repr(v, budget);
                return precision < 0 || precision >= Text.length(text) ? text : Text.slice(text, 0, precision);
            }
            case 'c' -> {
                if (Values.isString(v) && Values.length(v) == 1) {
                    return v.toString();
                }
                int c = Values.isInteger(v) ? Values.count(v) : -1;
                if (c < 0 || c > Character.MAX_CODE_POINT) {
                    throw TemplateFailure.type("%c requires int or char");
                }
                return Character.toString(c);
            }
            case 'd', 'i', 'u', 'o', 'x', 'X' -> {
                BigInteger n = whole(v, type);
                String digits = NumberFormat.integer(n, type, false);
                String padded = "0".repeat(Math.max(0, precision - digits.length())) + digits;
                return alternate && "oxX".indexOf(type) >= 0 ? "0" + type + padded : padded;
            }
            case 'e', 'E', 'f', 'F', 'g', 'G' -> {
                if (v instanceof Undefined u) {
                    throw u.failure();
                }
                if (!Values.isNumber(v)) {
                    throw TemplateFailure.type("must be real number, not " + Values.typeName(v));
                }
                return NumberFormat.real(Values.real(v), type, precision < 0 ? 6 : precision, alternate);
            }
            default ->
                throw TemplateFailure.value("unsupported format character '" + type + "' (0x"
                        + Integer.toHexString(type) + ") at index " + (at - 1));
        }
    }

    private static BigInteger whole(Object v, char type) {
        if (v instanceof Double d && "diu".indexOf(type) >= 0 && !d.isNaN() && !d.isInfinite()) {
            return new BigDecimal(d).toBigInteger();
        }
        if (!Values.isInteger(v)) {
            throw TemplateFailure.type("%" + type + " format: "
                    + ("oxX".indexOf(type) >= 0 ? "an integer" : "a real number") + " is required, not "
                    + Values.typeName(v));
        }
        return Values.integer(v);
    }

    private Object next() {
        boolean several = values instanceof Tuple;
        int size = several ? ((Tuple) values).size() : 1;
        if (used >= size) {
            throw TemplateFailure.type("not enough arguments for format string");
        }
        Object value = several ? ((Tuple) values).get(used) : values;
        used++;
        return value;
    }

    /** A width or precision: digits, or {@code *} for the next value; -1 where there is none. */
    private int number() {
        if (peek() == '*') {
            at++;
            return bounded(Values.count(next()));
        }
        int from = at;
        long n = 0;
        for (; peek() >= '0' && peek() <= '9'; at++) {
            n = Math.min(MOST + 1L, n * 10 + peek() - '0');
        }
        return at == from ? -1 : bounded((int) n);
    }

    private static int bounded(int n) {
        if (Math.abs((long) n) > MOST) {
            throw TemplateFailure.limit("a width or precision above " + MOST + " is too large");
        }
        return n;
    }

    private char peek() {
        return at < format.length() ? format.charAt(at) : 0;
    }
}
