package dev.keiryo.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/** {@code str.format()}. Source: Python's library reference, <i>Format String Syntax</i>. */
final class BraceFormat {
    private static final int MOST = 100_000;

    private final Arguments arguments;
    private final Budget budget;
    private int next;

    private BraceFormat(Arguments arguments, Budget budget) {
        this.arguments = arguments;
        this.budget = budget;
    }

    static String format(String format, Arguments arguments, Budget budget) {
        return new BraceFormat(arguments, budget).run(format, 2);
    }

    private String run(String format, int depth) {
        if (depth == 0) {
            throw TemplateFailure.value("Max string recursion exceeded");
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            boolean doubled = i + 1 < format.length() && format.charAt(i + 1) == c;
            if (c == '{' && !doubled) {
                int close = close(format, i);
                out.append(field(format.substring(i + 1, close), depth));
                i = close;
            } else if (c == '}' && !doubled) {
                throw TemplateFailure.value("Single '}' encountered in format string");
            } else {
                out.append(c);
                i += c == '{' || c == '}' ? 1 : 0;
            }
        }
        budget.allocate(out.length());
        return out.toString();
    }

    private static int close(String format, int open) {
        int level = 0;
        for (int i = open; i < format.length(); i++) {
            level += format.charAt(i) == '{' ? 1 : format.charAt(i) == '}' ? -1 : 0;
            if (level == 0) {
                return i;
            }
        }
        throw TemplateFailure.value(
                open + 1 == format.length()
                        ? "Single '{' encountered in format string"
                        : "expected '}' before end of string");
    }

    /** {@code name!conversion:specification} */
    private String field(String field, int depth) {
        int colon = field.indexOf(':');
        int bang = field.indexOf('!');
        int nameEnd = bang >= 0 && (colon < 0 || bang < colon) ? bang : colon >= 0 ? colon : field.length();
        Object value = value(field.substring(0, nameEnd));
        if (nameEnd == bang && bang >= 0) {
            char conversion = bang + 1 < field.length() ? field.charAt(bang + 1) : 0;
            value = switch (conversion) {
                case 's' -> Representation.str(value, budget);
                case 'r', 'a' -> Representation.repr(value, budget);
                default -> throw TemplateFailure.value("Unknown conversion specifier " + conversion);
            };
        }
        String specification = colon < 0 ? "" : run(field.substring(colon + 1), depth - 1);
        return formatted(value, specification);
    }

    private Object value(String name) {
        int end = 0;
        while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
            end++;
        }
        Object value = first(name.substring(0, end));
        while (end < name.length()) {
            if (name.charAt(end) == '.') {
                int to = end + 1;
                while (to < name.length() && name.charAt(to) != '.' && name.charAt(to) != '[') {
                    to++;
                }
                value = Lookup.attribute(value, name.substring(end + 1, to), budget);
                end = to;
            } else {
                int close = name.indexOf(']', end);
                if (name.charAt(end) != '[' || close < 0) {
                    throw TemplateFailure.value("Missing ']' in format string");
                }
                String key = name.substring(end + 1, close);
                value = Lookup.item(value, isNumber(key) ? (Object) Long.valueOf(key) : key, budget);
                end = close + 1;
            }
        }
        return value;
    }

    private static boolean isNumber(String s) {
        return !s.isEmpty() && s.length() < 10 && s.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private Object first(String name) {
        if (name.isEmpty() || isNumber(name)) {
            int index = name.isEmpty() ? next++ : Integer.parseInt(name);
            List<Object> given = arguments.positional();
            if (index >= given.size()) {
                throw new TemplateFailure(
                        TemplateFailure.Kind.LOOKUP,
                        "Replacement index " + index + " out of range for positional args tuple");
            }
            return given.get(index);
        }
        Object value = arguments.named().get(name);
        if (value == null) {
            throw new TemplateFailure(TemplateFailure.Kind.LOOKUP, Representation.quoted(name));
        }
        return value;
    }

    /** {@code format(value, specification)} */
    private String formatted(Object value, String specification) {
        if (specification.isEmpty()) {
            return Representation.str(value, budget);
        }
        FormatSpec spec = FormatSpec.parse(specification);
        if (spec.width() > MOST || spec.precision() > MOST) {
            throw TemplateFailure.limit("a width or precision above " + MOST + " is too large");
        }
        boolean number = Values.isNumber(value) && !(value instanceof Boolean && spec.type() == 0);
        if (!number && !Values.isString(value) && !(value instanceof Boolean)) {
            throw TemplateFailure.type("unsupported format string passed to " + Values.typeName(value) + ".__format__");
        }
        String body = number ? digits(value, spec) : text(value, spec);
        String sign =
                !number ? "" : isNegative(value) ? "-" : spec.sign() == '-' ? "" : Character.toString(spec.sign());
        int room = Math.max(0, spec.width() - sign.length() - Text.length(body));
        budget.allocate((long) room + body.length());
        String fill = Character.toString(spec.fill());
        return switch (spec.align() != 0 ? spec.align() : number ? '>' : '<') {
            case '<' -> sign + body + fill.repeat(room);
            case '^' -> fill.repeat(room / 2) + sign + body + fill.repeat(room - room / 2);
            case '=' -> sign + fill.repeat(room) + body;
            default -> fill.repeat(room) + sign + body;
        };
    }

    private static boolean isNegative(Object v) {
        return v instanceof Double d
                ? d < 0 || (d == 0 && 1 / d < 0)
                : Values.integer(v).signum() < 0;
    }

    private String text(Object value, FormatSpec spec) {
        String s = Representation.str(value, budget);
        if (spec.type() != 0 && spec.type() != 's') {
            throw TemplateFailure.value("Unknown format code '" + spec.type() + "' for object of type 'str'");
        }
        return spec.precision() < 0 || spec.precision() >= Text.length(s) ? s : Text.slice(s, 0, spec.precision());
    }

    private static String digits(Object value, FormatSpec spec) {
        char type = spec.type();
        boolean real = value instanceof Double || (type != 0 && "eEfFgG%".indexOf(type) >= 0);
        if (!real) {
            if (type == 'c') {
                return Character.toString(Math.clamp(Values.count(value), 0, Character.MAX_CODE_POINT));
            }
            if (type != 0 && "bdoxXn".indexOf(type) < 0) {
                throw TemplateFailure.value("Unknown format code '" + type + "' for object of type 'int'");
            }
            BigInteger n = Values.integer(value);
            return grouped(NumberFormat.integer(n, type, spec.alternate()), spec);
        }
        double d = Values.real(value);
        if (type == 0) {
            String text = Representation.real(Math.abs(d));
            return grouped(spec.precision() < 0 ? text : general(d, spec), spec);
        }
        if ("eEfFgG%n".indexOf(type) < 0) {
            throw TemplateFailure.value("Unknown format code '" + type + "' for object of type 'float'");
        }
        int precision = spec.precision() < 0 ? 6 : spec.precision();
        if (type == '%') {
            return grouped(NumberFormat.real(d * 100, 'f', precision, spec.alternate()), spec) + "%";
        }
        return grouped(NumberFormat.real(d, type == 'n' ? 'g' : type, precision, spec.alternate()), spec);
    }

    /** A precision without a type: as g, but with at least one digit behind the point. */
    private static String general(double d, FormatSpec spec) {
        int precision = Math.max(1, spec.precision());
        String text = NumberFormat.real(d, 'g', precision, false);
        if (text.indexOf('.') >= 0 || text.indexOf('e') >= 0 || !Character.isDigit(text.charAt(0))) {
            return text;
        }
        return text.length() >= precision
                        && new BigDecimal(text).precision() >= precision
                        && precision > 0
                        && text.length() >= precision
                ? NumberFormat.real(d, 'e', precision - 1, false)
                : text + ".0";
    }

    private static String grouped(String digits, FormatSpec spec) {
        if (spec.group() == 0) {
            return digits;
        }
        int end = 0;
        while (end < digits.length() && Character.digit(digits.charAt(end), 16) >= 0) {
            end++;
        }
        int size = spec.type() != 0 && "boxX".indexOf(spec.type()) >= 0 ? 4 : 3;
        StringBuilder out = new StringBuilder(digits);
        for (int i = end - size; i > 0; i -= size) {
            out.insert(i, spec.group());
        }
        return out.toString();
    }
}
