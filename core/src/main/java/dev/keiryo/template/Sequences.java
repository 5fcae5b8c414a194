package dev.keiryo.template;

import java.math.BigInteger;
import java.util.AbstractList;
import java.util.Iterator;
import java.util.List;
import java.util.RandomAccess;

/** Values that can be gone through but are neither lists nor tuples. */
final class Sequences {
    private Sequences() {}

    /** {@code range(from, to, step)}. */
    static final class Range extends AbstractList<Object> implements RandomAccess {
        /** As Jinja's sandbox has it. */
        private static final int MOST = 100_000;

        private final long from;
        private final long to;
        private final long step;
        private final int size;

        Range(long from, long to, long step) {
            if (step == 0) {
                throw TemplateFailure.value("range() arg 3 must not be zero");
            }
            this.from = from;
            this.to = to;
            this.step = step;
            BigInteger span = BigInteger.valueOf(to).subtract(BigInteger.valueOf(from));
            BigInteger[] parts = span.divideAndRemainder(BigInteger.valueOf(step));
            BigInteger count = parts[0].add(parts[1].signum() == 0 ? BigInteger.ZERO : BigInteger.ONE);
            boolean empty = span.signum() == 0 || span.signum() != Long.signum(step);
            if (!empty && count.compareTo(BigInteger.valueOf(MOST)) > 0) {
                throw TemplateFailure.limit(
                        "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + MOST + ").");
            }
            this.size = empty ? 0 : count.intValue();
        }

        @Override
        public Object get(int index) {
            return from + index * step;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public String toString() {
            return "range(" + from + ", " + to + (step == 1 ? ")" : ", " + step + ")");
        }
    }

    /** {@code keys()}, {@code values()} or {@code items()} of a dictionary: a list of its own type. */
    static final class View extends AbstractList<Object> implements RandomAccess {
        private final String type;
        private final List<Object> items;

        View(String type, List<Object> items) {
            this.type = type;
            this.items = items;
        }

        String type() {
            return type;
        }

        @Override
        public Object get(int index) {
            return items.get(index);
        }

        @Override
        public int size() {
            return items.size();
        }
    }

    /** What can be gone through once: the result of {@code map}, {@code select}, {@code reverse}, … */
    record Lazy(String type, Iterator<Object> items) {}
}
