package dev.keiryo.template;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All tests by name. Source: Jinja 3.1, <i>List of Builtin Tests</i>. */
final class Tests {
    private interface Test {
        boolean holds(Object v, Arguments arguments, Budget budget);
    }

    private static final Map<String, Test> ALL = new HashMap<>();

    static {
        ALL.put("defined", (v, a, b) -> !(v instanceof Undefined));
        ALL.put("undefined", (v, a, b) -> v instanceof Undefined);
        ALL.put("none", (v, a, b) -> v == None.NONE);
        ALL.put("boolean", (v, a, b) -> v instanceof Boolean);
        ALL.put("true", (v, a, b) -> v.equals(true));
        ALL.put("false", (v, a, b) -> v.equals(false));
        ALL.put("integer", (v, a, b) -> Values.isInteger(v) && !(v instanceof Boolean));
        ALL.put("float", (v, a, b) -> v instanceof Double);
        ALL.put("number", (v, a, b) -> Values.isNumber(v));
        ALL.put("string", (v, a, b) -> Values.isString(v));
        ALL.put("mapping", (v, a, b) -> v instanceof Dict);
        ALL.put("sequence", (v, a, b) -> isSequence(v));
        ALL.put("iterable", (v, a, b) -> Values.isIterable(v));
        ALL.put("callable", (v, a, b) -> v instanceof Callable || v instanceof Undefined);
        ALL.put("escaped", (v, a, b) -> v instanceof Markup);
        ALL.put("lower", (v, a, b) -> StringMethods.isLower(Representation.str(v, b)));
        ALL.put("upper", (v, a, b) -> StringMethods.isUpper(Representation.str(v, b)));
        ALL.put("odd", (v, a, b) -> Values.equal(Arithmetic.binary("%", v, 2L, b), 1L, b));
        ALL.put("even", (v, a, b) -> Values.equal(Arithmetic.binary("%", v, 2L, b), 0L, b));
        ALL.put("divisibleby", (v, a, b) -> Values.equal(Arithmetic.binary("%", v, other("divisibleby", a), b), 0L, b));
        ALL.put("filter", (v, a, b) -> Values.isString(v) && Filters.has(v.toString()));
        ALL.put("test", (v, a, b) -> Values.isString(v) && has(v.toString()));
        ALL.put("sameas", (v, a, b) -> same(v, other("sameas", a)));
        ALL.put("in", (v, a, b) -> Values.contains(other("in", a), v, b));
        for (String name : List.of("==", "eq", "equalto")) {
            ALL.put(name, (v, a, b) -> Values.equal(v, other("eq", a), b));
        }
        for (String name : List.of("!=", "ne")) {
            ALL.put(name, (v, a, b) -> !Values.equal(v, other("ne", a), b));
        }
        order("<", "lt", "lessthan");
        order("<=", "le", "le");
        order(">", "gt", "greaterthan");
        order(">=", "ge", "ge");
    }

    private Tests() {}

    private static void order(String operator, String name, String other) {
        Test test = (v, a, b) -> Values.ordered(v, operator, other(name, a), b);
        List.of(operator, name, other).forEach(each -> ALL.put(each, test));
    }

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static boolean test(String name, Object v, Arguments arguments, Renderer renderer) {
        Test test = ALL.get(name);
        if (test == null) {
            throw TemplateFailure.runtime("No test named " + Representation.quoted(name) + " found.");
        }
        renderer.budget().step();
        return test.holds(v, arguments, renderer.budget());
    }

    /** The one argument of a test. */
    private static Object other(String test, Arguments arguments) {
        @Nullable
        Object other = arguments.positional().size() == 1 && arguments.named().isEmpty()
                ? arguments.positional().getFirst()
                : arguments.bind(test, "other")[0];
        return other == null ? None.NONE : other;
    }

    private static boolean isSequence(Object v) {
        return v instanceof CharSequence
                || (v instanceof List<?> && !(v instanceof Sequences.View))
                || v instanceof Dict
                || v instanceof Undefined;
    }

    private static boolean same(Object a, Object b) {
        if (a instanceof Long || a instanceof Boolean || a instanceof String) {
            return a.equals(b);
        }
        return a == b || (a instanceof BigInteger && a.equals(b));
    }
}
