package dev.keiryo.template;

import dev.keiryo.template.Sequences.Lazy;
import dev.keiryo.template.Sequences.Range;
import dev.keiryo.template.Sequences.View;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/**
 * What Python says of its values. They are {@link None}, Boolean, Long (BigInteger where it does not fit), Double, String,
 * {@link Markup}, List (a {@link Tuple}, {@link Range}, {@link View} or else a list), {@link Dict}, {@link Undefined},
 * {@link Lazy}, {@link Callable} and objects with {@link Members}.
 */
final class Values {
    private Values() {}

    static boolean truth(Object v) {
        return switch (v) {
            case None n -> false;
            case Undefined u -> false;
            case Boolean b -> b;
            case Long n -> n != 0;
            case BigInteger n -> n.signum() != 0;
            case Double d -> d != 0;
            case CharSequence s -> !s.isEmpty();
            case List<?> l -> !l.isEmpty();
            case Dict d -> d.size() > 0;
            default -> true;
        };
    }

    /** {@code type(v).__name__}. */
    static String typeName(Object v) {
        return switch (v) {
            case None n -> "NoneType";
            case Undefined u -> "Undefined";
            case Boolean b -> "bool";
            case Long n -> "int";
            case BigInteger n -> "int";
            case Double d -> "float";
            case Markup m -> "Markup";
            case String s -> "str";
            case Tuple t -> t.isGroup() ? "_GroupTuple" : "tuple";
            case Range r -> "range";
            case View view -> view.type();
            case List<?> l -> "list";
            case Dict d -> "dict";
            case Lazy l -> l.type();
            case Members m -> m.typeName();
            case Callable c -> "function";
            default -> v.getClass().getSimpleName();
        };
    }

    /** How Jinja's messages call the owner of an attribute. */
    static String qualifiedName(Object v) {
        return switch (v) {
            case None n -> "None";
            case Markup m -> "markupsafe.Markup object";
            case Tuple t -> (t.isGroup() ? "jinja2.filters." : "") + typeName(t) + " object";
            case Members m -> m.module() + m.typeName() + " object";
            default -> typeName(v) + " object";
        };
    }

    static boolean isString(Object v) {
        return v instanceof CharSequence;
    }

    static boolean isInteger(Object v) {
        return v instanceof Long || v instanceof BigInteger || v instanceof Boolean;
    }

    static boolean isNumber(Object v) {
        return isInteger(v) || v instanceof Double;
    }

    /** An integer, or a Boolean as 0 or 1. */
    static BigInteger integer(Object v) {
        return switch (v) {
            case Boolean b -> b ? BigInteger.ONE : BigInteger.ZERO;
            case Long n -> BigInteger.valueOf(n);
            case BigInteger n -> n;
            default ->
                throw TemplateFailure.type(
                        Representation.quoted(typeName(v)) + " object cannot be interpreted as an integer");
        };
    }

    /** The same number as Long where it fits. */
    static Object number(BigInteger n) {
        return n.bitLength() < Long.SIZE ? (Object) n.longValue() : n;
    }

    /** An argument that counts something; what does not fit is the nearest int. */
    static int count(Object v) {
        if (v instanceof Undefined u) {
            throw u.failure();
        }
        BigInteger n = integer(v);
        return n.bitLength() < Integer.SIZE ? n.intValue() : n.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
    }

    static double real(Object v) {
        return v instanceof Double d ? d : integer(v).doubleValue();
    }

    /** {@code a == b}. */
    static boolean equal(Object a, Object b, Budget budget) {
        return equal(a, b, budget, 0);
    }

    private static boolean equal(Object a, Object b, Budget budget, int depth) {
        budget.step();
        if (isNumber(a) && isNumber(b)) {
            return compareNumbers(a, b) == 0;
        }
        if (isString(a) && isString(b)) {
            budget.steps(Math.min(((CharSequence) a).length(), ((CharSequence) b).length()) >> 6);
            return a.toString().equals(b.toString());
        }
        if (a instanceof Undefined || b instanceof Undefined) {
            return a instanceof Undefined && b instanceof Undefined;
        }
        if (depth > Budget.DATA_DEPTH) {
            throw TemplateFailure.limit("maximum recursion depth exceeded in comparison");
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            if (x.size() != y.size() || kind(x) != kind(y)) {
                return false;
            }
            for (int i = 0; i < x.size(); i++) {
                if (!equal(x.get(i), y.get(i), budget, depth + 1)) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof Dict x && b instanceof Dict y) {
            if (x.size() != y.size()) {
                return false;
            }
            for (Dict.Entry e : x.entries()) {
                Object other = y.get(e.key());
                if (other == null || !equal(e.value(), other, budget, depth + 1)) {
                    return false;
                }
            }
            return true;
        }
        return a == b;
    }

    private static int kind(List<?> list) {
        return switch (list) {
            case Tuple t -> 1;
            case Range r -> 2;
            case View v -> 3;
            default -> 0;
        };
    }

    /** Of numbers; NaN is neither equal nor more nor less, which is {@code Integer.MIN_VALUE} here. */
    private static int compareNumbers(Object a, Object b) {
        if (a instanceof Double || b instanceof Double) {
            double x = a instanceof Double d ? d : Double.NaN;
            double y = b instanceof Double d ? d : Double.NaN;
            if (a instanceof Double && b instanceof Double) {
                return x < y ? -1 : x > y ? 1 : x == y ? 0 : Integer.MIN_VALUE;
            }
            double real = a instanceof Double ? x : y;
            if (Double.isNaN(real)) {
                return Integer.MIN_VALUE;
            }
            int sign = a instanceof Double ? 1 : -1;
            if (Double.isInfinite(real)) {
                return real > 0 ? sign : -sign;
            }
            BigInteger whole = integer(a instanceof Double ? b : a);
            return sign * new BigDecimal(real).compareTo(new BigDecimal(whole));
        }
        if (a instanceof Long x && b instanceof Long y) {
            return Long.compare(x, y);
        }
        return integer(a).compareTo(integer(b));
    }

    /** {@code a < b} for {@code operator} "<", and so on. */
    static boolean ordered(Object a, String operator, Object b, Budget budget) {
        if (a instanceof Undefined u) {
            throw u.failure();
        }
        if (b instanceof Undefined u) {
            throw u.failure();
        }
        int order = compare(a, operator, b, budget, 0);
        if (order == Integer.MIN_VALUE) {
            return false;
        }
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    private static int compare(Object a, String operator, Object b, Budget budget, int depth) {
        budget.step();
        if (isNumber(a) && isNumber(b)) {
            return compareNumbers(a, b);
        }
        if (isString(a) && isString(b)) {
            return Text.compare(a.toString(), b.toString());
        }
        boolean lists = a instanceof List<?> x && b instanceof List<?> y && kind(x) == kind(y) && kind(x) < 2;
        if (!lists || depth > Budget.DATA_DEPTH) {
            throw TemplateFailure.type(Representation.quoted(operator) + " not supported between instances of "
                    + Representation.quoted(typeName(a)) + " and " + Representation.quoted(typeName(b)));
        }
        List<?> x = (List<?>) a;
        List<?> y = (List<?>) b;
        for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
            if (!equal(x.get(i), y.get(i), budget, depth + 1)) {
                return compare(x.get(i), operator, y.get(i), budget, depth + 1);
            }
        }
        return Integer.compare(x.size(), y.size());
    }

    /** What equal keys of a dictionary have in common. */
    static Object hashKey(Object v) {
        return hashKey(v, 0);
    }

    private static Object hashKey(Object v, int depth) {
        return switch (v) {
            case CharSequence s -> s.toString();
            case Boolean b -> b ? 1L : 0L;
            case Double d ->
                d == Math.rint(d) && !Double.isInfinite(d) ? number(new BigDecimal(d).toBigInteger()) : (Object) d;
            case Tuple t -> {
                if (depth > 50) {
                    throw TemplateFailure.limit("maximum recursion depth exceeded");
                }
                yield t.stream().map(e -> hashKey(e, depth + 1)).toList();
            }
            case View view -> throw unhashable(view);
            case Range r -> r;
            case List<?> l -> throw unhashable(l);
            case Dict d -> throw unhashable(d);
            case Undefined u -> Undefined.class;
            default -> v;
        };
    }

    private static TemplateFailure unhashable(Object v) {
        return TemplateFailure.type("unhashable type: " + Representation.quoted(typeName(v)));
    }

    /** {@code iter(v)}. */
    static Iterator<Object> iterate(Object v) {
        return switch (v) {
            case CharSequence s ->
                s.codePoints().mapToObj(c -> (Object) Character.toString(c)).iterator();
            case List<?> l -> Collections.<Object>unmodifiableList(l).iterator();
            case Dict d -> d.keys().iterator();
            case Lazy l -> l.items();
            case Undefined u -> Collections.emptyIterator();
            default -> throw TemplateFailure.type(Representation.quoted(typeName(v)) + " object is not iterable");
        };
    }

    static boolean isIterable(Object v) {
        return v instanceof CharSequence
                || v instanceof List<?>
                || v instanceof Dict
                || v instanceof Lazy
                || v instanceof Undefined
                || v instanceof LoopVariables;
    }

    /** {@code len(v)}. */
    static int length(Object v) {
        return switch (v) {
            case CharSequence s -> Text.length(s.toString());
            case List<?> l -> l.size();
            case Dict d -> d.size();
            case LoopVariables l -> l.length();
            case Undefined u -> 0;
            default ->
                throw TemplateFailure.type("object of type " + Representation.quoted(typeName(v)) + " has no len()");
        };
    }

    /** {@code item in container}. */
    static boolean contains(Object container, Object item, Budget budget) {
        switch (container) {
            case CharSequence s -> {
                if (!isString(item)) {
                    throw TemplateFailure.type("'in <string>' requires string as left operand, not " + typeName(item));
                }
                budget.steps(s.length() >> 3);
                return s.toString().contains(item.toString());
            }
            case Dict d -> {
                return d.has(item);
            }
            default -> {
                if (!isIterable(container)) {
                    throw TemplateFailure.type(
                            "argument of type " + Representation.quoted(typeName(container)) + " is not iterable");
                }
                Iterator<Object> items = iterate(container);
                while (items.hasNext()) {
                    Object next = items.next();
                    if (next == item || equal(next, item, budget)) {
                        return true;
                    }
                }
                return false;
            }
        }
    }
}
