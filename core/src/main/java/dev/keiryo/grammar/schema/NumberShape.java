package dev.keiryo.grammar.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Numbers between bounds that are multiples of one number and not of others. All numbers are kept without trailing zeros.
 *
 * @param low null for none
 * @param lowOpen whether {@code low} itself is excluded
 * @param multiple null where any number will do
 * @param in the only numbers there are; null for all
 */
record NumberShape(
        @Nullable BigDecimal low,
        boolean lowOpen,
        @Nullable BigDecimal high,
        boolean highOpen,
        @Nullable BigDecimal multiple,
        Set<BigDecimal> notMultiples,
        @Nullable Set<BigDecimal> in,
        Set<BigDecimal> notIn)
        implements Shape {
    static final NumberShape ANY = new NumberShape(null, false, null, false, null, Set.of(), null, Set.of());

    static NumberShape atLeast(BigDecimal low, boolean open) {
        return new NumberShape(low, open, null, false, null, Set.of(), null, Set.of());
    }

    static NumberShape atMost(BigDecimal high, boolean open) {
        return new NumberShape(null, false, high, open, null, Set.of(), null, Set.of());
    }

    static NumberShape multipleOf(BigDecimal of) {
        return new NumberShape(null, false, null, false, of, Set.of(), null, Set.of());
    }

    static NumberShape notMultipleOf(BigDecimal of) {
        return new NumberShape(null, false, null, false, null, Set.of(of), null, Set.of());
    }

    static NumberShape only(Set<BigDecimal> in) {
        return new NumberShape(null, false, null, false, null, Set.of(), in, Set.of());
    }

    static NumberShape not(Set<BigDecimal> notIn) {
        return new NumberShape(null, false, null, false, null, Set.of(), null, notIn);
    }

    boolean allows(BigDecimal v) {
        if (low != null && v.compareTo(low) < (lowOpen ? 1 : 0)) {
            return false;
        }
        if (high != null && v.compareTo(high) > (highOpen ? -1 : 0)) {
            return false;
        }
        if (multiple != null && !isMultiple(v, multiple)) {
            return false;
        }
        for (BigDecimal not : notMultiples) {
            if (isMultiple(v, not)) {
                return false;
            }
        }
        BigDecimal plain = v.stripTrailingZeros();
        return !notIn.contains(plain) && (in == null || in.contains(plain));
    }

    static boolean isMultiple(BigDecimal v, BigDecimal of) {
        return v.remainder(of).signum() == 0;
    }

    /** Least common multiple of two positive numbers. */
    static BigDecimal leastCommonMultiple(BigDecimal a, BigDecimal b) {
        int scale = Math.max(a.scale(), b.scale());
        BigInteger x = a.setScale(scale).unscaledValue();
        BigInteger y = b.setScale(scale).unscaledValue();
        return new BigDecimal(x.divide(x.gcd(y)).multiply(y), scale).stripTrailingZeros();
    }

    @Override
    public @Nullable Shape and(Shape shape) {
        NumberShape other = (NumberShape) shape;
        BigDecimal floor = low;
        boolean floorOpen = lowOpen;
        if (other.low != null) {
            int c = floor == null ? -1 : floor.compareTo(other.low);
            floorOpen = c < 0 ? other.lowOpen : c > 0 ? floorOpen : floorOpen || other.lowOpen;
            floor = c < 0 ? other.low : floor;
        }
        BigDecimal ceiling = high;
        boolean ceilingOpen = highOpen;
        if (other.high != null) {
            int c = ceiling == null ? 1 : ceiling.compareTo(other.high);
            ceilingOpen = c > 0 ? other.highOpen : c < 0 ? ceilingOpen : ceilingOpen || other.highOpen;
            ceiling = c > 0 ? other.high : ceiling;
        }
        BigDecimal common = multiple == null
                ? other.multiple
                : other.multiple == null ? multiple : leastCommonMultiple(multiple, other.multiple);
        Set<BigDecimal> only = in == null ? other.in : in;
        if (in != null && other.in != null) {
            only = new LinkedHashSet<>(in);
            only.retainAll(other.in);
        }
        NumberShape joined = new NumberShape(
                floor,
                floorOpen,
                ceiling,
                ceilingOpen,
                common,
                Shape.union(notMultiples, other.notMultiples),
                only,
                Shape.union(notIn, other.notIn));
        return joined.reduced();
    }

    private @Nullable NumberShape reduced() {
        if (low != null && high != null) {
            int c = low.compareTo(high);
            if (c > 0 || (c == 0 && (lowOpen || highOpen))) {
                return null;
            }
        }
        if (in == null) {
            return this;
        }
        Set<BigDecimal> left = in.stream().filter(this::allows).collect(Collectors.toCollection(LinkedHashSet::new));
        return left.isEmpty() ? null : only(left);
    }

    /** The numbers whose negatives these are. */
    NumberShape negated() {
        UnaryOperator<Set<BigDecimal>> flip = s -> s.stream()
                .map(v -> v.negate().stripTrailingZeros())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        return new NumberShape(
                high == null ? null : high.negate(),
                /* lowOpen= */ highOpen,
                low == null ? null : low.negate(),
                /* highOpen= */ lowOpen,
                multiple,
                notMultiples,
                in == null ? null : flip.apply(in),
                flip.apply(notIn));
    }

    /** Whether numbers above zero may be as large as they like, and need not be larger than most doubles. */
    boolean isUnbounded() {
        BigDecimal large = BigDecimal.ONE.scaleByPowerOfTen(90);
        return high == null
                && in == null
                && (low == null || low.compareTo(large) < 0)
                && (multiple == null || multiple.compareTo(large) < 0);
    }

    boolean isAny() {
        return equals(ANY);
    }

    /** Whether nothing but being an integer is asked. */
    boolean isInteger() {
        return equals(multipleOf(BigDecimal.ONE));
    }
}
