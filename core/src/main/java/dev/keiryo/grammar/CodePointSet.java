package dev.keiryo.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * A set of Unicode code points, without surrogates: what a character class stands for. Immutable.
 *
 * <p>Kept as ranges {@code [from, to]}, ascending, apart from one another.
 */
public final class CodePointSet {
    public static final CodePointSet ALL = of(0, Character.MAX_CODE_POINT);
    public static final CodePointSet EMPTY = new CodePointSet(new int[0]);

    /** {@code \d} of ECMA-262. */
    public static final CodePointSet DIGIT = of('0', '9');
    /** {@code \w} of ECMA-262. */
    public static final CodePointSet WORD =
            DIGIT.or(of('a', 'z')).or(of('A', 'Z')).or(of('_'));
    /** What {@code .} leaves out in ECMA-262. */
    public static final CodePointSet LINE_END = of('\n').or(of('\r')).or(of(0x2028, 0x2029));
    /** {@code \s} of ECMA-262: tabs, ends of lines, the byte order mark, and the category Zs. */
    public static final CodePointSet SPACE = new Builder()
            .add('\t', '\r')
            .add(' ', ' ')
            .add(0xA0, 0xA0)
            .add(0x1680, 0x1680)
            .add(0x2000, 0x200A)
            .add(0x2028, 0x2029)
            .add(0x202F, 0x202F)
            .add(0x205F, 0x205F)
            .add(0x3000, 0x3000)
            .add(0xFEFF, 0xFEFF)
            .build();

    /** Found when first asked for. */
    private static final class Cased {
        /** All that have another case. */
        static final int[] ALL = IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(c -> Character.toUpperCase(c) != c || Character.toLowerCase(c) != c)
                .toArray();
    }

    /** from, to, from, to, … */
    private final int[] ranges;

    private CodePointSet(int[] ranges) {
        this.ranges = ranges;
    }

    /** The code points {@code from} to {@code to}, both included. */
    public static CodePointSet of(int from, int to) {
        return new Builder().add(from, to).build();
    }

    /** One code point. */
    public static CodePointSet of(int c) {
        return of(c, c);
    }

    /** All for which {@code test} holds. */
    public static CodePointSet matching(IntPredicate test) {
        Builder builder = new Builder();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            int from = c;
            while (c <= Character.MAX_CODE_POINT && test.test(c)) {
                c++;
            }
            builder.add(from, c - 1);
        }
        return builder.build();
    }

    /** Number of ranges. */
    public int size() {
        return ranges.length / 2;
    }

    /** First code point of range {@code i}. */
    public int from(int i) {
        return ranges[2 * i];
    }

    /** Last code point of range {@code i}. */
    public int to(int i) {
        return ranges[2 * i + 1];
    }

    public boolean isEmpty() {
        return ranges.length == 0;
    }

    public boolean contains(int c) {
        int at = Arrays.binarySearch(ranges, c);
        return at >= 0 || (-at - 1) % 2 == 1;
    }

    public CodePointSet negated() {
        Builder builder = new Builder();
        int from = 0;
        for (int i = 0; i < size(); i++) {
            builder.add(from, from(i) - 1);
            from = to(i) + 1;
        }
        return builder.add(from, Character.MAX_CODE_POINT).build();
    }

    public CodePointSet or(CodePointSet other) {
        return new Builder().add(this).add(other).build();
    }

    public CodePointSet and(CodePointSet other) {
        return negated().or(other.negated()).negated();
    }

    public CodePointSet without(CodePointSet other) {
        return and(other.negated());
    }

    /** This set, and what its letters are in the other case. */
    public CodePointSet ignoringCase() {
        Builder builder = new Builder().add(this);
        for (int c : Cased.ALL) {
            int upper = Character.toUpperCase(c);
            int lower = Character.toLowerCase(c);
            if (contains(upper) || contains(lower) || contains(Character.toLowerCase(upper))) {
                builder.add(c, c);
            }
        }
        return builder.build();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof CodePointSet s && Arrays.equals(s.ranges, ranges);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ranges);
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder("[");
        for (int i = 0; i < size(); i++) {
            out.append(from(i) < 33 || from(i) > 126 ? "\\x{%X}".formatted(from(i)) : Character.toString(from(i)));
            if (to(i) > from(i)) {
                out.append('-')
                        .append(to(i) < 33 || to(i) > 126 ? "\\x{%X}".formatted(to(i)) : Character.toString(to(i)));
            }
        }
        return out.append(']').toString();
    }

    /** Collects ranges. */
    public static final class Builder {
        private static final int ROOM = 1024;

        private final List<int[]> parts = new ArrayList<>();
        /** Where there are more parts, they are merged: what is added often takes no more memory. */
        private int most = ROOM;

        public Builder() {}

        /** Adds {@code from} to {@code to}, both included; nothing where there is none between. */
        public Builder add(int from, int to) {
            if (from < 0 || to > Character.MAX_CODE_POINT) {
                throw new IllegalArgumentException("no code points: " + from + " to " + to);
            }
            addPart(from, Math.min(to, Character.MIN_SURROGATE - 1));
            addPart(Math.max(from, Character.MAX_SURROGATE + 1), to);
            return this;
        }

        private void addPart(int from, int to) {
            if (from > to) {
                return;
            }
            if (parts.size() >= most) {
                merge();
                most = Math.max(ROOM, 2 * parts.size());
            }
            parts.add(new int[] {from, to});
        }

        public Builder add(CodePointSet set) {
            for (int i = 0; i < set.size(); i++) {
                addPart(set.from(i), set.to(i));
            }
            return this;
        }

        /** Sorts the parts, and makes one of those that touch. */
        private void merge() {
            parts.sort((a, b) -> Integer.compare(a[0], b[0]));
            int n = 0;
            for (int[] part : parts) {
                if (n > 0 && part[0] <= parts.get(n - 1)[1] + 1) {
                    parts.get(n - 1)[1] = Math.max(parts.get(n - 1)[1], part[1]);
                } else {
                    parts.set(n++, part);
                }
            }
            parts.subList(n, parts.size()).clear();
        }

        public CodePointSet build() {
            merge();
            int[] all = new int[2 * parts.size()];
            for (int i = 0; i < parts.size(); i++) {
                all[2 * i] = parts.get(i)[0];
                all[2 * i + 1] = parts.get(i)[1];
            }
            return new CodePointSet(all);
        }
    }
}
