package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Inside a number.
 *
 * @param digits all digits before the exponent, as one integer; where only some of it matters, an integer that is as good
 * @param fraction how many of them are after the point
 * @param exponent digits of the exponent
 */
record NumberFrame(Magnitudes allowed, Phase phase, BigInteger digits, int fraction, BigInteger exponent)
        implements Frame {
    /** Of the numbers of an enumeration, so many are looked at for a short end. */
    private static final int MOST_NEAR = 256;

    /** What has been read last. */
    enum Phase {
        SIGN,
        ZERO,
        INTEGER,
        POINT,
        FRACTION,
        E,
        PLUS,
        MINUS,
        UP,
        DOWN
    }

    /** Digits of a text that are remembered; a number that needs more cannot be told from others and is refused. */
    private static final int MOST_DIGITS = 100_000;
    /** The largest exponent where doubles are to hold a number. */
    private static final BigInteger MOST_EXPONENT = BigInteger.valueOf(99);

    @Override
    public boolean mayEnd() {
        return switch (phase) {
            case SIGN, POINT, E, PLUS, MINUS -> false;
            case ZERO, INTEGER, FRACTION -> allowed.allows(digits, fraction);
            case UP, DOWN -> completes(exponent, exponent);
        };
    }

    @Override
    public void next(int b, Sink sink) {
        boolean digit = b >= '0' && b <= '9';
        switch (phase) {
            case SIGN -> {
                if (digit) {
                    digits(b == '0' ? Phase.ZERO : Phase.INTEGER, BigInteger.valueOf(b - '0'), 0, sink);
                }
            }
            case ZERO, INTEGER -> {
                if (digit && phase == Phase.INTEGER) {
                    digits(phase, append(b), 0, sink);
                } else if (b == '.') {
                    sink.go(new NumberFrame(allowed, Phase.POINT, digits, 0, exponent));
                } else {
                    e(b, sink);
                }
            }
            case POINT, FRACTION -> {
                if (digit) {
                    digits(Phase.FRACTION, append(b), fraction + 1, sink);
                } else if (phase == Phase.FRACTION) {
                    e(b, sink);
                }
            }
            case E -> {
                if (b == '+' || b == '-') {
                    go(b == '+' ? Phase.PLUS : Phase.MINUS, BigInteger.ZERO, sink);
                } else if (digit) {
                    go(Phase.UP, BigInteger.valueOf(b - '0'), sink);
                }
            }
            case PLUS, MINUS, UP, DOWN -> {
                if (digit) {
                    BigInteger more = exponent.multiply(BigInteger.TEN).add(BigInteger.valueOf(b - '0'));
                    go(phase == Phase.PLUS || phase == Phase.UP ? Phase.UP : Phase.DOWN, more, sink);
                }
            }
        }
    }

    private BigInteger append(int b) {
        return digits.multiply(BigInteger.TEN).add(BigInteger.valueOf(b - '0'));
    }

    private void digits(Phase then, BigInteger value, int places, Sink sink) {
        NumberShape shape = allowed.shape();
        if (shape.isAny()) {
            sink.go(new NumberFrame(allowed, then, BigInteger.ZERO, 0, BigInteger.ZERO));
            return;
        }
        BigInteger kept = value;
        if (shape.isInteger() && value.signum() > 0) {
            // only how many zeros are at the end decides
            int zeros = 0;
            for (BigInteger[] q = value.divideAndRemainder(BigInteger.TEN);
                    q[1].signum() == 0;
                    q = q[0].divideAndRemainder(BigInteger.TEN)) {
                zeros++;
            }
            kept = BigInteger.TEN.pow(zeros);
        }
        if (places <= MOST_DIGITS && kept.bitLength() <= 4 * MOST_DIGITS && allowed.mayBegin(kept)) {
            sink.go(new NumberFrame(allowed, then, kept, places, BigInteger.ZERO));
        }
    }

    private void e(int b, Sink sink) {
        if (b == 'e' || b == 'E') {
            go(Phase.E, BigInteger.ZERO, sink);
        }
    }

    private void go(Phase then, BigInteger x, Sink sink) {
        BigInteger kept = allowed.shape().isAny() ? BigInteger.ZERO : x;
        if (allowed.hasSmallExponents()) {
            if (x.compareTo(MOST_EXPONENT) > 0) {
                return;
            }
            // of an exponent that decides nothing, only how many digits it has matters
            kept = allowed.shape().isAny()
                    ? x.min(x.compareTo(BigInteger.TEN) < 0 ? BigInteger.ONE : BigInteger.TEN)
                    : x;
        }
        NumberFrame frame = new NumberFrame(allowed, then, digits, fraction, kept);
        if (frame.toEnd() < Plan.NEVER) {
            sink.go(frame);
        }
    }

    /** Whether an exponent is allowed whose absolute value is between two. */
    private boolean completes(BigInteger from, BigInteger to) {
        return completes(phase != Phase.DOWN && phase != Phase.MINUS, from, to);
    }

    private boolean completes(boolean up, BigInteger from, BigInteger to) {
        long a = small(from);
        long b = small(to);
        for (Magnitudes.Exponents x : allowed.exponents(digits, fraction)) {
            if (up ? x.any(a, b) : x.any(-b, -a)) {
                return true;
            }
        }
        return false;
    }

    private static long small(BigInteger v) {
        return v.bitLength() > 60 ? Magnitudes.Exponents.FAR : Math.min(v.longValue(), Magnitudes.Exponents.FAR);
    }

    @Override
    public int shortest() {
        return Plan.clamp(
                switch (phase) {
                    case SIGN, ZERO, INTEGER, POINT, FRACTION -> mayEnd() ? 0 : digitsToEnd();
                    default -> toEnd();
                });
    }

    /** Fewest bytes of the exponent that are missing. */
    private long toEnd() {
        if (allowed.shape().isAny()) {
            return phase == Phase.UP || phase == Phase.DOWN ? 0 : 1;
        }
        return switch (phase) {
            case E ->
                Math.min(
                        exponentDigits(true, BigInteger.ZERO, true),
                        Plan.plus(1, exponentDigits(false, BigInteger.ZERO, true)));
            case PLUS -> exponentDigits(true, BigInteger.ZERO, true);
            case MINUS -> exponentDigits(false, BigInteger.ZERO, true);
            case UP -> exponentDigits(true, exponent, false);
            case DOWN -> exponentDigits(false, exponent, false);
            default -> throw new IllegalStateException();
        };
    }

    /** How many digits {@code sofar} lacks; at least one where it is {@code empty}. */
    private long exponentDigits(boolean up, BigInteger sofar, boolean empty) {
        BigInteger from = sofar;
        BigInteger to = sofar;
        if (empty) {
            to = BigInteger.valueOf(9);
        }
        for (int k = empty ? 1 : 0; k <= 20; k++) {
            if (completes(up, from, to)) {
                return k;
            }
            from = from.multiply(BigInteger.TEN);
            to = to.multiply(BigInteger.TEN).add(BigInteger.valueOf(9));
        }
        return Plan.NEVER;
    }

    /** Fewest bytes that are missing where the digits may go on: as digits, with a point, with an exponent. */
    private long digitsToEnd() {
        if (phase == Phase.SIGN) {
            long[] least = {Plan.NEVER};
            for (int b = '0'; b <= '9'; b++) {
                next(b, new Sink() {
                    @Override
                    public void go(Frame frame) {
                        least[0] = Math.min(least[0], 1 + frame.shortest());
                    }

                    @Override
                    public void call(Frame callee, Frame back) {}
                });
            }
            return least[0];
        }
        List<BigDecimal> near = allowed.near(digits, MOST_NEAR);
        BigDecimal from = new BigDecimal(digits, fraction);
        BigDecimal unit = BigDecimal.ONE.scaleByPowerOfTen(-fraction);
        long best = Plan.NEVER;
        boolean point = phase == Phase.POINT || phase == Phase.FRACTION;
        // more digits alone, before a point that may follow or after the one that is there
        for (int k = 0; k < 5_000 && k < best; k++) {
            boolean whole = !point && (phase == Phase.INTEGER || k == 0);
            BigDecimal scale = BigDecimal.ONE.scaleByPowerOfTen(k);
            if (whole) {
                if (any(near, from.multiply(scale), from.add(unit).multiply(scale), BigDecimal.ONE)) {
                    best = Math.min(best, k);
                }
                for (int t = 1; k + 1 + t < best && t < 2_000; t++) {
                    if (any(
                            near,
                            from.multiply(scale),
                            from.add(unit).multiply(scale),
                            BigDecimal.ONE.scaleByPowerOfTen(-t))) {
                        best = k + 1L + t;
                    }
                    if (k > 0 || (t > 20 && best == Plan.NEVER)) {
                        break;
                    }
                }
            } else if (point && (k > 0 || phase == Phase.FRACTION)) {
                if (any(near, from, from.add(unit), unit.scaleByPowerOfTen(-k))) {
                    best = Math.min(best, k);
                }
            }
            best = Math.min(best, withExponent(near, k, point, whole));
            if (best == Plan.NEVER && k > 400) {
                break;
            }
        }
        if (best == Plan.NEVER && !point) {
            return 1L + new NumberFrame(allowed, Phase.POINT, digits, 0, exponent).shortest();
        }
        return best;
    }

    private boolean any(List<BigDecimal> near, BigDecimal from, BigDecimal to, BigDecimal step) {
        return allowed.anyBetween(from, false, to, true, step, near);
    }

    /** With {@code k} more digits and an exponent of one to four digits. */
    private long withExponent(List<BigDecimal> near, int k, boolean point, boolean whole) {
        if (!(whole || (point && (k > 0 || phase == Phase.FRACTION)))) {
            return Plan.NEVER;
        }
        BigDecimal unit = BigDecimal.ONE.scaleByPowerOfTen(-fraction);
        BigDecimal from = new BigDecimal(digits, fraction);
        BigDecimal to = from.add(unit);
        BigDecimal step = unit.scaleByPowerOfTen(-k);
        if (!point) {
            from = from.scaleByPowerOfTen(k);
            to = to.scaleByPowerOfTen(k);
            step = BigDecimal.ONE;
        }
        if (k == 0) {
            long missing = new NumberFrame(allowed, Phase.E, digits, fraction, exponent).toEnd();
            return Plan.plus(1, missing);
        }
        for (int x : candidates(near, to, point ? fraction + k : 0)) {
            if (any(near, from.scaleByPowerOfTen(x), to.scaleByPowerOfTen(x), step.scaleByPowerOfTen(x))) {
                return k + 1L + (x < 0 ? 1 : 0) + Integer.toString(Math.abs(x)).length();
            }
        }
        return Plan.NEVER;
    }

    /** Exponents that bring the digits near what the bounds are, short ones first. */
    private List<Integer> candidates(List<BigDecimal> near, BigDecimal to, int places) {
        NumberShape shape = allowed.shape();
        Set<Integer> orders = new TreeSet<>();
        Stream.of(shape.low(), shape.high(), shape.multiple(), BigDecimal.ONE)
                .filter(Objects::nonNull)
                .forEach(v -> orders.add(v.precision() - v.scale()));
        near.forEach(v -> orders.add(v.precision() - v.scale()));
        int order = to.precision() - to.scale();
        // and the one that leaves no places to what is a multiple without them
        int plain =
                shape.multiple() == null ? places : places - shape.multiple().scale();
        Stream<Integer> close = orders.stream()
                .flatMap(
                        o -> IntStream.rangeClosed(o - order - 2, o - order + 2).boxed());
        return Stream.concat(Stream.of(plain), close)
                .distinct()
                .sorted(Comparator.comparingInt((Integer x) -> Math.abs(x) * 2 + (x < 0 ? 1 : 0)))
                .toList();
    }

    @Override
    public int hashCode() {
        return ((System.identityHashCode(allowed) * 31 + phase.hashCode()) * 31 + digits.hashCode()) * 31
                + fraction * 17
                + exponent.hashCode();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof NumberFrame f
                && f.allowed == allowed
                && f.phase == phase
                && f.fraction == fraction
                && f.digits.equals(digits)
                && f.exponent.equals(exponent);
    }
}
