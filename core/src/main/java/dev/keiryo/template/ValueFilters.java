package dev.keiryo.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Filters of single values, numbers above all. */
final class ValueFilters {
    private ValueFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("default", ValueFilters::orDefault);
        all.put("d", ValueFilters::orDefault);
        all.put("length", (v, a, r) -> (long) Values.length(v));
        all.put("count", (v, a, r) -> (long) Values.length(v));
        all.put("int", ValueFilters::toInteger);
        all.put("float", ValueFilters::toReal);
        all.put("abs", (v, a, r) -> absolute(v));
        all.put("round", ValueFilters::round);
        all.put("attr", ValueFilters::attribute);
        all.put("tojson", ValueFilters::json);
        all.put("filesizeformat", ValueFilters::fileSize);
        all.put("items", ValueFilters::items);
        all.put("dictsort", ValueFilters::dictSort);
    }

    private static Object orDefault(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("default", "default_value?", "boolean?");
        boolean replaced = v instanceof Undefined || (Filters.flag(a[1]) && !Values.truth(v));
        return replaced ? Filters.or(a[0], "") : v;
    }

    private static Object absolute(Object v) {
        return switch (v) {
            case Undefined u -> throw TemplateFailure.type("bad operand type for abs(): 'Undefined'");
            case Double d -> Math.abs(d);
            default -> {
                if (!Values.isInteger(v)) {
                    throw TemplateFailure.type(
                            "bad operand type for abs(): " + Representation.quoted(Values.typeName(v)));
                }
                yield Values.number(Values.integer(v).abs());
            }
        };
    }

    private static Object toInteger(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("int", "default?", "base?");
        Object otherwise = Filters.or(a[0], 0L);
        int base = a[1] == null ? 10 : Values.count(a[1]);
        if (v instanceof Undefined u) {
            throw u.failure();
        }
        if (Values.isInteger(v)) {
            return Values.number(Values.integer(v));
        }
        if (v instanceof CharSequence s) {
            BigInteger n = Numbers.integer(s.toString(), base);
            if (n != null) {
                return Values.number(n);
            }
        }
        Double d = v instanceof Double real ? real : v instanceof CharSequence s ? Numbers.real(s.toString()) : null;
        if (d == null || d.isNaN() || d.isInfinite()) {
            return otherwise;
        }
        return Values.number(new BigDecimal(d).toBigInteger());
    }

    private static Object toReal(Object v, Arguments arguments, Renderer renderer) {
        Object otherwise = Filters.or(arguments.bind("float", "default?")[0], 0.0);
        if (v instanceof Undefined u) {
            throw u.failure();
        }
        if (Values.isNumber(v)) {
            return Values.real(v);
        }
        Double d = v instanceof CharSequence s ? Numbers.real(s.toString()) : null;
        return d == null ? otherwise : d;
    }

    private static Object round(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("round", "precision?", "method?");
        int precision = a[0] == null ? 0 : Values.count(a[0]);
        String method = Filters.or(a[1], "common").toString();
        switch (method) {
            case "common" -> {
                return Arithmetic.round(v, precision);
            }
            case "ceil", "floor" -> {
                Budget budget = renderer.budget();
                Object power = Arithmetic.binary("**", 10L, (long) precision, budget);
                Object scaled = Arithmetic.binary("*", v, power, budget);
                if (!Values.isNumber(scaled)) {
                    throw TemplateFailure.type("must be real number, not " + Values.typeName(scaled));
                }
                if (scaled instanceof Double d) {
                    if (d.isNaN() || d.isInfinite()) {
                        throw TemplateFailure.value("cannot convert float " + Representation.real(d) + " to integer");
                    }
                    scaled = Values.number(
                            new BigDecimal(method.equals("ceil") ? Math.ceil(d) : Math.floor(d)).toBigInteger());
                }
                return Arithmetic.binary("/", scaled, power, budget);
            }
            default -> throw TemplateFailure.runtime("method must be common, ceil or floor");
        }
    }

    private static Object attribute(Object v, Arguments arguments, Renderer renderer) {
        Object name = Filters.or(arguments.bind("attr", "name")[0], None.NONE);
        if (v instanceof Dict) {
            // only what is an attribute, not an item
            Object found = Lookup.attribute(new Dict(), name.toString(), renderer.budget());
            return found instanceof Undefined ? found : Lookup.attribute(v, name.toString(), renderer.budget());
        }
        return Lookup.attribute(v, name.toString(), renderer.budget());
    }

    private static Object json(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("tojson", "ensure_ascii?", "indent?", "separators?", "sort_keys?");
        return PythonJson.dump(
                v, Filters.flag(a[0]), Filters.isNone(a[1]) ? null : a[1], a[2], Filters.flag(a[3]), renderer.budget());
    }

    private static Object fileSize(Object v, Arguments arguments, Renderer renderer) {
        boolean binary = Filters.flag(arguments.bind("filesizeformat", "binary?")[0]);
        Object real = toReal(v, Arguments.of(None.NONE), renderer);
        if (!(real instanceof Double bytes)) {
            throw TemplateFailure.value("could not convert to float: " + Representation.repr(v, renderer.budget()));
        }
        int base = binary ? 1024 : 1000;
        if (bytes == 1) {
            return "1 Byte";
        }
        if (bytes < base) {
            return new BigDecimal(bytes).toBigInteger() + " Bytes";
        }
        String prefixes = "kMGTPEZY";
        double unit = base;
        int i = 0;
        while (i < prefixes.length() - 1 && bytes >= unit * base) {
            unit *= base;
            i++;
        }
        String prefix = binary ? Text.upper(prefixes.substring(i, i + 1)) + "iB" : prefixes.charAt(i) + "B";
        return NumberFormat.real(bytes / unit, 'f', 1, false) + " " + prefix;
    }

    private static Object items(Object v, Arguments arguments, Renderer renderer) {
        arguments.bind("items");
        if (v instanceof Undefined) {
            return new Sequences.Lazy("generator", List.<Object>of().iterator());
        }
        if (!(v instanceof Dict dict)) {
            throw TemplateFailure.type("Can only get item pairs from a mapping.");
        }
        renderer.budget().allocate(dict.size());
        return new Sequences.Lazy("generator", dict.items().iterator());
    }

    private static Object dictSort(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("dictsort", "case_sensitive?", "by?", "reverse?");
        String by = Filters.or(a[1], "key").toString();
        if (!by.equals("key") && !by.equals("value")) {
            throw TemplateFailure.runtime("You can only sort by either \"key\" or \"value\"");
        }
        if (!(v instanceof Dict dict)) {
            if (v instanceof Undefined u) {
                throw u.failure();
            }
            throw TemplateFailure.runtime(
                    Representation.quoted(Values.typeName(v)) + " object has no attribute 'items'");
        }
        int place = by.equals("key") ? 0 : 1;
        boolean exact = Filters.flag(a[0]);
        return new ArrayList<>(Sorting.sorted(
                dict.items(),
                item -> exact ? ((Tuple) item).get(place) : Sorting.ignoreCase(((Tuple) item).get(place)),
                Filters.flag(a[2]),
                renderer.budget()));
    }
}
