package dev.keiryo.template;

import dev.keiryo.template.Sequences.Range;
import dev.keiryo.template.Sequences.View;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Iterator;
import java.util.List;

/** {@code str()} and {@code repr()}. */
final class Representation {
    /** Python's own limit for integers in decimal. */
    private static final int MOST_DIGITS = 4300;

    private final StringBuilder out = new StringBuilder();
    private final Budget budget;

    private Representation(Budget budget) {
        this.budget = budget;
    }

    /** {@code str(v)}. */
    static String str(Object v, Budget budget) {
        return switch (v) {
            case CharSequence s -> s.toString();
            case Undefined u -> "";
            default -> repr(v, budget);
        };
    }

    /** {@code repr(v)}. */
    static String repr(Object v, Budget budget) {
        Representation writer = new Representation(budget);
        writer.write(v, 0);
        return writer.out.toString();
    }

    private void write(Object v, int depth) {
        int begin = out.length();
        budget.step();
        if (depth > Budget.DATA_DEPTH) {
            throw TemplateFailure.limit("maximum recursion depth exceeded while getting the repr of an object");
        }
        switch (v) {
            case None n -> out.append("None");
            case Undefined u -> out.append("Undefined");
            case Boolean b -> out.append(b ? "True" : "False");
            case Long n -> out.append((long) n);
            case BigInteger n -> out.append(decimal(n));
            case Double d -> out.append(real(d));
            case Markup m -> {
                out.append("Markup(");
                quote(m.text(), out);
                out.append(')');
            }
            case String s -> {
                budget.allocate(s.length());
                quote(s, out);
            }
            case Range r -> out.append(r);
            case Tuple t -> list(t, "(", t.size() == 1 ? ",)" : ")", depth);
            case View view -> list(view, view.type() + "([", "])", depth);
            case List<?> l -> list(l, "[", "]", depth);
            case Dict d -> {
                out.append('{');
                String between = "";
                for (Dict.Entry e : d.entries()) {
                    out.append(between);
                    write(e.key(), depth + 1);
                    out.append(": ");
                    write(e.value(), depth + 1);
                    between = ", ";
                }
                out.append('}');
            }
            case Members m -> m.describe(out, inner -> write(inner, depth + 1));
            default -> out.append('<').append(Values.typeName(v)).append(" object>");
        }
        if (depth == 0) {
            budget.allocate(out.length() - begin);
        }
    }

    private void list(List<?> items, String open, String close, int depth) {
        out.append(open);
        Iterator<?> each = items.iterator();
        while (each.hasNext()) {
            write(each.next(), depth + 1);
            if (each.hasNext()) {
                out.append(", ");
            }
        }
        out.append(close);
    }

    static String decimal(BigInteger n) {
        String digits = n.bitLength() > 15_000 ? "" : n.toString();
        if (digits.isEmpty() || digits.length() - (n.signum() < 0 ? 1 : 0) > MOST_DIGITS) {
            throw TemplateFailure.value("Exceeds the limit (" + MOST_DIGITS + " digits) for integer string conversion");
        }
        return digits;
    }

    /** {@code repr(float)}: as few digits as name it, an exponent from 1e16 on and below 1e-4. */
    static String real(double d) {
        if (Double.isNaN(d)) {
            return "nan";
        }
        if (Double.isInfinite(d)) {
            return d > 0 ? "inf" : "-inf";
        }
        if (d == 0) {
            return 1 / d < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(Double.toString(Math.abs(d))).stripTrailingZeros();
        BigDecimal shorter = exact.round(new MathContext(1));
        if (shorter.doubleValue() == Math.abs(d)) {
            exact = shorter.stripTrailingZeros(); // Java gives two digits where one would do
        }
        String digits = exact.unscaledValue().toString();
        int point = digits.length() - exact.scale(); // digits before the point
        StringBuilder s = new StringBuilder(d < 0 ? "-" : "");
        if (point > 16 || point < -3) {
            s.append(digits.charAt(0));
            if (digits.length() > 1) {
                s.append('.').append(digits, 1, digits.length());
            }
            int exponent = point - 1;
            s.append('e').append(exponent < 0 ? '-' : '+');
            s.append(Math.abs(exponent) < 10 ? "0" : "").append(Math.abs(exponent));
        } else if (point <= 0) {
            s.append("0.").append("0".repeat(-point)).append(digits);
        } else if (point >= digits.length()) {
            s.append(digits).append("0".repeat(point - digits.length())).append(".0");
        } else {
            s.append(digits, 0, point).append('.').append(digits, point, digits.length());
        }
        return s.toString();
    }

    /** {@code repr(str)}. */
    static String quoted(String s) {
        StringBuilder out = new StringBuilder();
        quote(s, out);
        return out.toString();
    }

    private static void quote(String s, StringBuilder out) {
        char mark = s.indexOf('\'') >= 0 && s.indexOf('"') < 0 ? '"' : '\'';
        out.append(mark);
        for (int i = 0; i < s.length(); ) {
            int c = s.codePointAt(i);
            i += Character.charCount(c);
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c == mark) {
                        out.append('\\').append(mark);
                    } else if (isPrintable(c)) {
                        out.appendCodePoint(c);
                    } else {
                        out.append(String.format(c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
                    }
                }
            }
        }
        out.append(mark);
    }

    /** {@code str.isprintable()} of one character. */
    static boolean isPrintable(int c) {
        if (c < 0x7f) {
            return c >= 0x20;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }
}
