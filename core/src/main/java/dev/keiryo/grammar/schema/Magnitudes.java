package dev.keiryo.grammar.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a shape that have one sign, by their absolute values, and what can still become of a text that has begun:
 * exactly, for any number of digits and any exponent.
 */
final class Magnitudes {
    private static final Comparator<BigDecimal> BY_LENGTH =
            Comparator.comparingInt(BigDecimal::precision).thenComparing(Comparator.naturalOrder());

    private final NumberShape shape;
    /** Where only some numbers are allowed: those above zero, by digits without zeros at the end. */
    private final NavigableMap<String, List<BigDecimal>> byDigits = new TreeMap<>();

    private final boolean small;

    /**
     * @param shape of the absolute values; what it says of numbers below zero does not matter
     * @param doubles whether exponents stay small where there is no bound
     */
    Magnitudes(NumberShape shape, boolean doubles) {
        this.shape = shape;
        this.small = doubles && shape.isUnbounded();
        if (shape.in() != null) {
            for (BigDecimal p : shape.in()) {
                if (p.signum() > 0) {
                    byDigits.computeIfAbsent(stripped(p), k -> new ArrayList<>())
                            .add(p);
                }
            }
        }
    }

    NumberShape shape() {
        return shape;
    }

    /** Whether exponents have two digits at most. */
    boolean hasSmallExponents() {
        return small;
    }

    /** Whether {@code digits}·10^-{@code fraction} is allowed. */
    boolean allows(BigInteger digits, int fraction) {
        return shape.isAny() || shape.allows(new BigDecimal(digits, fraction));
    }

    /**
     * Whether a number is allowed whose digits begin with {@code digits}, wherever the point is: more digits and an exponent
     * may follow. Zero means that all digits so far are zeros.
     */
    boolean mayBegin(BigInteger digits) {
        if (digits.signum() == 0) {
            return allows(BigInteger.ZERO, 0) || anyPositive();
        }
        return shape.in() == null
                ? anyScaled(new BigDecimal(digits), new BigDecimal(digits.add(BigInteger.ONE)))
                : !near(digits, 1).isEmpty();
    }

    /**
     * Where only some numbers are allowed: at most {@code most} of those whose digits begin with {@code digits}, those with
     * few digits first.
     */
    List<BigDecimal> near(BigInteger digits, int most) {
        if (digits.signum() == 0) {
            return byDigits.values().stream()
                    .flatMap(List::stream)
                    .sorted(BY_LENGTH)
                    .limit(most)
                    .toList();
        }
        String text = digits.toString();
        String stripped = stripped(new BigDecimal(digits));
        Stream<List<BigDecimal>> longer = byDigits.subMap(text, text + ':').values().stream();
        List<BigDecimal> same = byDigits.getOrDefault(stripped, List.of());
        return Stream.concat(text.equals(stripped) ? Stream.of() : Stream.of(same), longer)
                .flatMap(List::stream)
                .sorted(BY_LENGTH)
                .limit(most)
                .toList();
    }

    private static String stripped(BigDecimal v) {
        return v.stripTrailingZeros().unscaledValue().toString();
    }

    private boolean anyPositive() {
        return shape.in() != null ? !byDigits.isEmpty() : anyScaled(BigDecimal.ONE, BigDecimal.TEN);
    }

    /** Whether a number is allowed that is in [from, to)·10^j for some j. */
    private boolean anyScaled(BigDecimal from, BigDecimal to) {
        BigDecimal high = shape.high();
        BigDecimal multiple = shape.multiple();
        if (high != null && high.signum() <= 0) {
            return false;
        }
        BigDecimal low = shape.low() == null || shape.low().signum() < 0 ? BigDecimal.ZERO : shape.low();
        if (multiple != null) {
            low = low.max(multiple);
        }
        if (high == null) {
            // far enough up, all that is asked of multiples is met somewhere in between
            return multiple == null
                    || shape.notMultiples().stream().noneMatch(n -> NumberShape.isMultiple(multiple, n));
        }
        if (low.signum() == 0) {
            return true; // as close to zero as one likes, and nothing but single numbers excluded
        }
        int last = order(high) - order(from);
        for (int j = order(low) - order(from) - 1; j <= last; j++) {
            if (anyBetween(from.scaleByPowerOfTen(j), false, to.scaleByPowerOfTen(j), true, null, List.of())) {
                return true;
            }
        }
        return false;
    }

    /** The power of ten of the first digit. */
    private static int order(BigDecimal v) {
        return v.precision() - v.scale();
    }

    /**
     * Whether an allowed number is in an interval.
     *
     * @param step only multiples of this count; null for all
     * @param near where only some numbers are allowed, those to look at
     */
    boolean anyBetween(
            BigDecimal from,
            boolean fromOpen,
            BigDecimal to,
            boolean toOpen,
            @Nullable BigDecimal step,
            List<BigDecimal> near) {
        if (shape.in() != null) {
            for (BigDecimal p : near) {
                if (p.compareTo(from) >= (fromOpen ? 1 : 0)
                        && p.compareTo(to) <= (toOpen ? -1 : 0)
                        && (step == null || NumberShape.isMultiple(p, step))) {
                    return true;
                }
            }
            return false;
        }
        BigDecimal a = from;
        boolean aOpen = fromOpen;
        if (shape.low() != null && shape.low().compareTo(a) >= 0) {
            aOpen = shape.low().compareTo(a) == 0 ? aOpen || shape.lowOpen() : shape.lowOpen();
            a = shape.low();
        }
        BigDecimal b = to;
        boolean bOpen = toOpen;
        if (shape.high() != null && shape.high().compareTo(b) <= 0) {
            bOpen = shape.high().compareTo(b) == 0 ? bOpen || shape.highOpen() : shape.highOpen();
            b = shape.high();
        }
        int order = a.compareTo(b);
        if (order > 0 || (order == 0 && (aOpen || bOpen))) {
            return false;
        }
        if (order == 0) {
            return shape.allows(a) && (step == null || NumberShape.isMultiple(a, step));
        }
        BigDecimal of = shape.multiple() == null
                ? step
                : step == null ? shape.multiple() : NumberShape.leastCommonMultiple(shape.multiple(), step);
        if (of == null) {
            return true; // infinitely many, of which single ones are excluded
        }
        return anyMultiple(of, a, aOpen, b, bOpen);
    }

    /**
     * Arithmetic progressions that cover 2^k numbers in a row, k of them, cover all (Crittenden and Vanden Eynden 1970): so
     * many are tried, and one more for each single number that is excluded.
     */
    private boolean anyMultiple(BigDecimal of, BigDecimal a, boolean aOpen, BigDecimal b, boolean bOpen) {
        BigInteger n = a.divide(of, 0, RoundingMode.CEILING).toBigInteger();
        if (aOpen && of.multiply(new BigDecimal(n)).compareTo(a) == 0) {
            n = n.add(BigInteger.ONE);
        }
        int tries = (1 << shape.notMultiples().size()) + shape.notIn().size();
        BigDecimal v = of.multiply(new BigDecimal(n));
        for (int i = 0; i <= tries; i++) {
            if (v.compareTo(b) > (bOpen ? -1 : 0)) {
                return false;
            }
            if (shape.allows(v)) {
                return true;
            }
            v = v.add(of);
        }
        return false;
    }

    /** Exponents with which a number is allowed: those from {@code first} to {@code last} but {@code not}. */
    record Exponents(long first, long last, Set<Long> not) {
        static final long FAR = Long.MAX_VALUE / 4;
        static final Exponents NONE = new Exponents(1, 0, Set.of());
        static final Exponents ALL = new Exponents(-FAR, FAR, Set.of());

        /** Whether there is one between two. */
        boolean any(long from, long to) {
            long a = Math.max(first, from);
            long b = Math.min(last, to);
            if (a > b) {
                return false;
            }
            long excluded = not.stream().filter(x -> x >= a && x <= b).count();
            return b - a + 1 > excluded;
        }

        boolean contains(long x) {
            return x >= first && x <= last && !not.contains(x);
        }
    }

    /** The exponents x for which {@code digits}·10^(x - {@code fraction}) is allowed. */
    List<Exponents> exponents(BigInteger digits, int fraction) {
        if (shape.isAny()) {
            return List.of(Exponents.ALL);
        }
        if (digits.signum() == 0) {
            return allows(digits, 0) ? List.of(Exponents.ALL) : List.of();
        }
        BigDecimal value = new BigDecimal(digits, fraction);
        if (shape.in() != null) {
            List<Exponents> found = new ArrayList<>();
            for (BigDecimal p : byDigits.getOrDefault(stripped(value), List.of())) {
                Long x = ratio(p, value);
                if (x != null) {
                    found.add(new Exponents(x, x, Set.of()));
                }
            }
            return found;
        }
        long first = -Exponents.FAR;
        long last = Exponents.FAR;
        BigDecimal high = shape.high();
        if (high != null) {
            if (high.signum() <= 0) {
                return List.of();
            }
            last = (long) order(high) - order(value);
            int c = value.scaleByPowerOfTen((int) last).compareTo(high);
            last -= c > 0 || (c == 0 && shape.highOpen()) ? 1 : 0;
        }
        BigDecimal low = shape.low();
        if (low != null && low.signum() > 0) {
            first = (long) order(low) - order(value);
            int c = value.scaleByPowerOfTen((int) first).compareTo(low);
            first += c < 0 || (c == 0 && shape.lowOpen()) ? 1 : 0;
        }
        if (shape.multiple() != null) {
            long x = integral(value, shape.multiple());
            first = Math.max(first, x);
        }
        for (BigDecimal not : shape.notMultiples()) {
            last = Math.min(last, integral(value, not) - 1);
        }
        Set<Long> excluded = new TreeSet<>();
        for (BigDecimal p : shape.notIn()) {
            Long x = p.signum() > 0 ? ratio(p, value) : null;
            if (x != null) {
                excluded.add(x);
            }
        }
        return first > last ? List.of() : List.of(new Exponents(first, last, excluded));
    }

    /** The x for which v·10^x is p, or null. */
    private static @Nullable Long ratio(BigDecimal p, BigDecimal v) {
        BigDecimal a = p.stripTrailingZeros();
        BigDecimal b = v.stripTrailingZeros();
        return a.unscaledValue().equals(b.unscaledValue()) ? (long) b.scale() - a.scale() : null;
    }

    /** The least x for which v·10^x is a multiple of {@code of}; more than {@link Exponents#FAR} where there is none. */
    private static long integral(BigDecimal v, BigDecimal of) {
        BigInteger p = v.unscaledValue();
        BigInteger q = of.unscaledValue();
        BigInteger gcd = p.gcd(q);
        p = p.divide(gcd);
        q = q.divide(gcd);
        // v/of = p/q · 10^(of.scale - v.scale)
        long shift = (long) v.scale() - of.scale();
        long twos = q.getLowestSetBit();
        long fives = 0;
        BigInteger rest = q.shiftRight((int) twos);
        BigInteger five = BigInteger.valueOf(5);
        while (rest.mod(five).signum() == 0) {
            rest = rest.divide(five);
            fives++;
        }
        if (!rest.equals(BigInteger.ONE)) {
            return Exponents.FAR + 1;
        }
        long twosOfP = p.getLowestSetBit();
        long fivesOfP = 0;
        while (p.mod(five).signum() == 0) {
            p = p.divide(five);
            fivesOfP++;
        }
        return shift + Math.max(twos - twosOfP, fives - fivesOfP);
    }
}
