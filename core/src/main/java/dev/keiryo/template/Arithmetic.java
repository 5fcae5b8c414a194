package dev.keiryo.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/** Python's arithmetic: integers without bound, floor division, strings and lists added and repeated. */
final class Arithmetic {
    /** Integers are bounded here, and so is what they cost. */
    static final int MOST_BITS = 32_768;

    private Arithmetic() {}

    static Object binary(String operator, Object a, Object b, Budget budget) {
        if (a instanceof Undefined u) {
            throw u.failure();
        }
        if (operator.equals("%") && Values.isString(a)) {
            return PrintfFormat.format(a.toString(), b, budget);
        }
        if (b instanceof Undefined u) {
            throw u.failure();
        }
        if (Values.isNumber(a) && Values.isNumber(b)) {
            return a instanceof Double || b instanceof Double
                    ? reals(operator, Values.real(a), Values.real(b))
                    : integers(operator, a, b, budget);
        }
        if (operator.equals("+")) {
            return sum(a, b, budget);
        }
        if (operator.equals("*")) {
            if (Values.isInteger(b)) {
                return repeated(a, b, budget);
            }
            if (Values.isInteger(a)) {
                return repeated(b, a, budget);
            }
        }
        throw unsupported(operator, a, b);
    }

    private static TemplateFailure unsupported(String operator, Object a, Object b) {
        return TemplateFailure.type(
                "unsupported operand type(s) for " + (operator.equals("**") ? "** or pow()" : operator)
                        + ": " + Representation.quoted(Values.typeName(a)) + " and "
                        + Representation.quoted(Values.typeName(b)));
    }

    private static Object sum(Object a, Object b, Budget budget) {
        if (a instanceof CharSequence s && b instanceof CharSequence t) {
            budget.allocate((long) s.length() + t.length());
            if (a instanceof Markup || b instanceof Markup) {
                return new Markup(escaped(a) + escaped(b));
            }
            return s.toString() + t;
        }
        if (a instanceof List<?> x && b instanceof List<?> y && isPlain(a) && isPlain(b)) {
            boolean tuples = a instanceof Tuple;
            if (tuples == b instanceof Tuple) {
                budget.allocateList((long) x.size() + y.size());
                List<Object> joined = new ArrayList<>(x);
                joined.addAll(y);
                return tuples ? Tuple.copyOf(joined) : joined;
            }
        }
        if (Values.isString(a) || isPlain(a)) {
            String type = Values.typeName(a);
            throw TemplateFailure.type(
                    "can only concatenate " + type + " (not \"" + Values.typeName(b) + "\") to " + type);
        }
        throw unsupported("+", a, b);
    }

    private static boolean isPlain(Object v) {
        return v instanceof List<?> && !(v instanceof Sequences.Range) && !(v instanceof Sequences.View);
    }

    private static String escaped(Object v) {
        return v instanceof Markup m ? m.text() : Markup.escape(v.toString()).text();
    }

    private static Object repeated(Object a, Object times, Budget budget) {
        int n = Math.max(0, Values.count(times));
        if (a instanceof CharSequence s) {
            budget.allocate((long) n * s.length());
            return a instanceof Markup
                    ? new Markup(s.toString().repeat(n))
                    : s.toString().repeat(n);
        }
        if (!(a instanceof List<?> list) || !isPlain(a)) {
            throw unsupported("*", a, times);
        }
        budget.allocateList((long) n * list.size());
        List<Object> out = new ArrayList<>(n * list.size());
        for (int i = 0; i < n && !list.isEmpty(); i++) {
            out.addAll(list);
        }
        return a instanceof Tuple ? Tuple.copyOf(out) : out;
    }

    private static Object integers(String operator, Object a, Object b, Budget budget) {
        BigInteger x = Values.integer(a);
        BigInteger y = Values.integer(b);
        switch (operator) {
            case "+" -> {
                return bounded(x.add(y));
            }
            case "-" -> {
                return bounded(x.subtract(y));
            }
            case "*" -> {
                budget.steps(((long) x.bitLength() * y.bitLength()) >> 10);
                return bounded(x.multiply(y));
            }
            case "**" -> {
                return power(x, y, budget);
            }
            default -> {
                if (y.signum() == 0) {
                    throw TemplateFailure.runtime(
                            operator.equals("/")
                                    ? "division by zero"
                                    : "integer " + (operator.equals("%") ? "modulo" : "division or modulo")
                                            + " by zero");
                }
                if (operator.equals("/")) {
                    return new BigDecimal(x)
                            .divide(new BigDecimal(y), MathContext.DECIMAL128)
                            .doubleValue();
                }
                budget.steps(((long) x.bitLength() * y.bitLength()) >> 10);
                BigInteger[] parts = x.divideAndRemainder(y);
                boolean below = parts[1].signum() != 0 && parts[1].signum() != y.signum();
                if (operator.equals("%")) {
                    return Values.number(below ? parts[1].add(y) : parts[1]);
                }
                return Values.number(below ? parts[0].subtract(BigInteger.ONE) : parts[0]);
            }
        }
    }

    private static Object bounded(BigInteger n) {
        if (n.bitLength() > MOST_BITS) {
            throw TemplateFailure.limit("an integer of more than " + MOST_BITS + " bits is too large");
        }
        return Values.number(n);
    }

    private static Object power(BigInteger x, BigInteger y, Budget budget) {
        if (y.signum() < 0) {
            if (x.signum() == 0) {
                throw TemplateFailure.runtime("0.0 cannot be raised to a negative power");
            }
            return Math.pow(x.doubleValue(), y.doubleValue());
        }
        if (x.bitLength() <= 1 && x.signum() >= 0) {
            return y.signum() == 0 ? 1L : Values.number(x);
        }
        if (y.bitLength() > 30 || (long) Math.max(1, x.bitLength() - 1) * y.intValue() > MOST_BITS) {
            throw TemplateFailure.limit("an integer of more than " + MOST_BITS + " bits is too large");
        }
        budget.steps(MOST_BITS >> 4);
        return bounded(x.pow(y.intValue()));
    }

    private static Object reals(String operator, double x, double y) {
        switch (operator) {
            case "+" -> {
                return x + y;
            }
            case "-" -> {
                return x - y;
            }
            case "*" -> {
                return x * y;
            }
            case "**" -> {
                if (x == 0 && y < 0) {
                    throw TemplateFailure.runtime("0.0 cannot be raised to a negative power");
                }
                if (x < 0 && y != Math.rint(y)) {
                    throw TemplateFailure.runtime("complex numbers are not supported");
                }
                double power = Math.pow(x, y);
                if (Double.isInfinite(power) && !Double.isInfinite(x) && !Double.isInfinite(y)) {
                    throw TemplateFailure.runtime("(34, 'Numerical result out of range')");
                }
                return power;
            }
            default -> {
                if (y == 0) {
                    throw TemplateFailure.runtime(
                            operator.equals("/")
                                    ? "float division by zero"
                                    : operator.equals("%") ? "float modulo" : "float floor division by zero");
                }
                if (operator.equals("/")) {
                    return x / y;
                }
                double rest = x % y;
                if (rest == 0) {
                    rest = Math.copySign(0, y);
                } else if (rest < 0 != y < 0) {
                    rest += y;
                }
                if (operator.equals("%")) {
                    return rest;
                }
                double quotient = (x - rest) / y;
                if (quotient == 0) {
                    return Math.copySign(0, x / y);
                }
                double floor = Math.floor(quotient);
                return quotient - floor > 0.5 ? floor + 1 : floor;
            }
        }
    }

    /** {@code -v} or {@code +v}. */
    static Object sign(boolean minus, Object v) {
        return switch (v) {
            case Undefined u -> throw u.failure();
            case Double d -> minus ? -d : d;
            default -> {
                if (!Values.isInteger(v)) {
                    throw TemplateFailure.type("bad operand type for unary " + (minus ? "-" : "+") + ": "
                            + Representation.quoted(Values.typeName(v)));
                }
                yield Values.number(minus ? Values.integer(v).negate() : Values.integer(v));
            }
        };
    }

    /** {@code round(v, precision)}: halves to the even neighbour. */
    static Object round(Object v, int precision) {
        if (v instanceof Double d) {
            if (Double.isNaN(d) || Double.isInfinite(d) || precision > 400) {
                return d;
            }
            if (precision < -400) {
                return Math.copySign(0, d);
            }
            return Math.copySign(
                    new BigDecimal(d)
                            .setScale(precision, RoundingMode.HALF_EVEN)
                            .doubleValue(),
                    d);
        }
        if (!Values.isNumber(v)) {
            throw TemplateFailure.type("type " + Values.typeName(v) + " doesn't define __round__ method");
        }
        if (precision >= 0) {
            return Values.number(Values.integer(v));
        }
        if (precision < -20_000) {
            return 0L;
        }
        return Values.number(new BigDecimal(Values.integer(v))
                .setScale(precision, RoundingMode.HALF_EVEN)
                .toBigInteger());
    }
}
