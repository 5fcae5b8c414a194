package dev.keiryo.template;

import java.math.BigInteger;

/** Numbers and strings as Python and Jinja write them. */
final class Literals {
    private final String source;

    Literals(String source) {
        this.source = source;
    }

    /** Where a float at {@code from} ends, or -1 where there is none: it has a fraction or an exponent. */
    int real(int from) {
        int whole = digits(from);
        int end = whole;
        if (charAt(end) == '.' && isDigit(charAt(end + 1))) {
            end = digits(end + 1);
        }
        if (charAt(end) == 'e' || charAt(end) == 'E') {
            int sign = charAt(end + 1) == '+' || charAt(end + 1) == '-' ? end + 2 : end + 1;
            if (isDigit(charAt(sign))) {
                return digits(sign);
            }
        }
        return end > whole ? end : -1;
    }

    /** Where the integer at {@code from} ends. */
    int integer(int from) {
        if (charAt(from) == '0') {
            int radix = radix(charAt(from + 1));
            int end = from + 2;
            while (radix > 0) {
                int digit = charAt(end) == '_' ? end + 1 : end;
                if (Character.digit(charAt(digit), radix) < 0 || charAt(digit) > 'f') {
                    break;
                }
                end = digit + 1;
            }
            if (radix > 0 && end > from + 2) {
                return end;
            }
            end = from + 1;
            while (charAt(charAt(end) == '_' ? end + 1 : end) == '0') {
                end += charAt(end) == '_' ? 2 : 1;
            }
            return end;
        }
        return digits(from);
    }

    static BigInteger integer(String literal) {
        String text = literal.replace("_", "");
        int radix = text.length() > 2 && text.charAt(0) == '0' ? radix(text.charAt(1)) : 0;
        if (text.length() > 20_000) {
            return BigInteger.ONE.shiftLeft(Arithmetic.MOST_BITS + 1); // refused, whatever it is
        }
        return radix > 0 ? new BigInteger(text.substring(2), radix) : new BigInteger(text);
    }

    private static int radix(int letter) {
        return switch (letter) {
            case 'b', 'B' -> 2;
            case 'o', 'O' -> 8;
            case 'x', 'X' -> 16;
            default -> 0;
        };
    }

    private int digits(int from) {
        int end = from;
        while (isDigit(charAt(end)) || (end > from && charAt(end) == '_' && isDigit(charAt(end + 1)))) {
            end++;
        }
        return end;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private int charAt(int index) {
        return index < source.length() ? source.charAt(index) : 0;
    }

    /** What stands between the quotes, escapes resolved. */
    static String string(String text, int line) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char kind = text.charAt(++i);
            switch (kind) {
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append(kind);
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append('\u000b');
                case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                    int end = i;
                    while (end < text.length() && end < i + 3 && text.charAt(end) >= '0' && text.charAt(end) <= '7') {
                        end++;
                    }
                    out.append((char) Integer.parseInt(text.substring(i, end), 8));
                    i = end - 1;
                }
                case 'x', 'u', 'U' -> {
                    int digits = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
                    out.appendCodePoint(hex(text, i, digits, line));
                    i += digits;
                }
                case 'N' -> {
                    int close = text.indexOf('}', i);
                    if (!text.startsWith("{", i + 1) || close < 0) {
                        throw new SyntaxFailure(line, "malformed \\N character escape");
                    }
                    out.appendCodePoint(named(text.substring(i + 2, close), line));
                    i = close;
                }
                default -> out.append('\\').append(kind);
            }
        }
        return out.toString();
    }

    private static int named(String name, int line) {
        try {
            return Character.codePointOf(name);
        } catch (IllegalArgumentException e) {
            throw new SyntaxFailure(line, "unknown Unicode character name " + Representation.quoted(name));
        }
    }

    private static int hex(String text, int letter, int digits, int line) {
        int value = 0;
        for (int i = letter + 1; i <= letter + digits; i++) {
            int digit = i < text.length() && text.charAt(i) < 0x80 ? Character.digit(text.charAt(i), 16) : -1;
            if (digit < 0) {
                throw new SyntaxFailure(line, "truncated \\" + text.charAt(letter) + " escape");
            }
            value = value << 4 | digit;
        }
        if (value < 0 || value > Character.MAX_CODE_POINT) {
            throw new SyntaxFailure(line, "illegal Unicode character in \\U escape");
        }
        return value;
    }
}
