package dev.keiryo.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code json.dumps}, as the {@code tojson} of Hugging Face's templates calls it. */
final class PythonJson {
    private final StringBuilder out = new StringBuilder();
    private final boolean ascii;
    private final @Nullable String indent;
    private final String item;
    private final String key;
    private final boolean sorted;
    private final Budget budget;

    private PythonJson(boolean ascii, @Nullable String indent, String item, String key, boolean sorted, Budget budget) {
        this.ascii = ascii;
        this.indent = indent;
        this.item = item;
        this.key = key;
        this.sorted = sorted;
        this.budget = budget;
    }

    /**
     * @param ascii whether other characters are escaped
     * @param indent a number of spaces, a string, or null for one line
     * @param separators a pair: between items, and behind a key; null or None for the usual ones
     */
    static String dump(
            Object v,
            boolean ascii,
            @Nullable Object indent,
            @Nullable Object separators,
            boolean sorted,
            Budget budget) {
        String space = null;
        if (indent != null) {
            space = Values.isString(indent) ? indent.toString() : (String) Arithmetic.binary("*", " ", indent, budget);
        }
        String item = space == null ? ", " : ",";
        String key = ": ";
        if (!Filters.isNone(separators)) {
            if (!(separators instanceof List<?> pair) || pair.size() != 2) {
                throw TemplateFailure.value("separators should be a pair of strings");
            }
            item = pair.get(0).toString();
            key = pair.get(1).toString();
        }
        PythonJson json = new PythonJson(ascii, space, item, key, sorted, budget);
        json.write(v, 0);
        budget.allocate(json.out.length());
        return json.out.toString();
    }

    private void write(Object v, int depth) {
        budget.step();
        if (depth > Budget.DATA_DEPTH) {
            throw TemplateFailure.limit("maximum recursion depth exceeded while encoding a JSON object");
        }
        switch (v) {
            case None n -> out.append("null");
            case Boolean b -> out.append((boolean) b);
            case Long n -> out.append((long) n);
            case BigInteger n -> out.append(Representation.decimal(n));
            case Double d -> out.append(real(d));
            case CharSequence s -> quote(s.toString());
            case Dict dict -> dict(dict, depth);
            default -> {
                if (!(v instanceof List<?> list) || v instanceof Sequences.View || v instanceof Sequences.Range) {
                    throw TemplateFailure.type("Object of type " + Values.typeName(v) + " is not JSON serializable");
                }
                list(list, depth);
            }
        }
    }

    private static String real(double d) {
        if (Double.isNaN(d)) {
            return "NaN";
        }
        if (Double.isInfinite(d)) {
            return d > 0 ? "Infinity" : "-Infinity";
        }
        return Representation.real(d);
    }

    private void list(List<?> list, int depth) {
        if (list.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append('[');
        for (Iterator<?> each = list.iterator(); each.hasNext(); ) {
            line(depth + 1);
            write(each.next(), depth + 1);
            out.append(each.hasNext() ? item : "");
        }
        line(depth);
        out.append(']');
    }

    private void dict(Dict dict, int depth) {
        if (dict.size() == 0) {
            out.append("{}");
            return;
        }
        List<Object> items = new ArrayList<>(dict.items());
        if (sorted) {
            items = Sorting.sorted(items, e -> ((Tuple) e).get(0), false, budget);
        }
        out.append('{');
        for (Iterator<Object> each = items.iterator(); each.hasNext(); ) {
            Tuple entry = (Tuple) each.next();
            line(depth + 1);
            quote(name(entry.get(0)));
            out.append(key);
            write(entry.get(1), depth + 1);
            out.append(each.hasNext() ? item : "");
        }
        line(depth);
        out.append('}');
    }

    private String name(Object v) {
        return switch (v) {
            case CharSequence s -> s.toString();
            case None n -> "null";
            case Boolean b -> b ? "true" : "false";
            case Double d -> real(d);
            default -> {
                if (!Values.isInteger(v)) {
                    throw TemplateFailure.type("keys must be str, int, float, bool or None, not " + Values.typeName(v));
                }
                yield Representation.str(v, budget);
            }
        };
    }

    private void line(int depth) {
        if (indent != null) {
            budget.allocate((long) depth * indent.length());
            out.append('\n').repeat(indent, depth);
        }
    }

    private void quote(String s) {
        budget.allocate(s.length());
        out.append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c < 0x20 || (ascii && c >= 0x7f)) {
                        out.append(c == 0x7f ? "\u007f" : String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
