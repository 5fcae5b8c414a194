package dev.keiryo.grammar.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A set of Unicode scalar values, as ranges.
 *
 * @param ranges first and last of each range, ascending, neither touching nor overlapping
 */
record CodePoints(int[] ranges) {
    static final CodePoints NONE = new CodePoints(new int[0]);
    static final CodePoints ALL = range(0, Character.MAX_CODE_POINT);
    static final CodePoints DIGIT = range('0', '9');
    static final CodePoints WORD = DIGIT.or(range('a', 'z')).or(range('A', 'Z')).or(range('_', '_'));
    static final CodePoints LINE_END = range('\n', '\n').or(range('\r', '\r')).or(range(0x2028, 0x2029));
    static final CodePoints SPACE = LINE_END.or(range('\t', '\r'))
            .or(range(0xFEFF, 0xFEFF))
            .or(where(c -> Character.getType(c) == Character.SPACE_SEPARATOR));

    static CodePoints range(int first, int last) {
        return new CodePoints(new int[] {first, last});
    }

    static CodePoints where(IntPredicate in) {
        List<Integer> ranges = new ArrayList<>();
        boolean open = false;
        for (int c = 0; c <= Character.MAX_CODE_POINT + 1; c++) {
            boolean now = c <= Character.MAX_CODE_POINT && in.test(c);
            if (now != open) {
                ranges.add(now ? c : c - 1);
                open = now;
            }
        }
        return new CodePoints(ranges.stream().mapToInt(i -> i).toArray());
    }

    boolean contains(int c) {
        int at = Arrays.binarySearch(ranges, c);
        return at >= 0 || (-at - 1) % 2 == 1;
    }

    CodePoints or(CodePoints other) {
        int n = ranges.length / 2;
        int m = other.ranges.length / 2;
        long[] all = new long[n + m];
        for (int i = 0; i < n + m; i++) {
            int[] from = i < n ? ranges : other.ranges;
            int at = 2 * (i < n ? i : i - n);
            all[i] = (long) from[at] << 32 | from[at + 1];
        }
        Arrays.sort(all);
        int[] merged = new int[2 * all.length];
        int used = 0;
        for (long r : all) {
            int first = (int) (r >> 32);
            int last = (int) r;
            if (used > 0 && first <= merged[used - 1] + 1) {
                merged[used - 1] = Math.max(merged[used - 1], last);
            } else {
                merged[used++] = first;
                merged[used++] = last;
            }
        }
        return new CodePoints(Arrays.copyOf(merged, used));
    }

    CodePoints not() {
        int[] gaps = new int[ranges.length + 2];
        int used = 0;
        int from = 0;
        for (int i = 0; i < ranges.length; i += 2) {
            if (ranges[i] > from) {
                gaps[used++] = from;
                gaps[used++] = ranges[i] - 1;
            }
            from = ranges[i + 1] + 1;
        }
        if (from <= Character.MAX_CODE_POINT) {
            gaps[used++] = from;
            gaps[used++] = Character.MAX_CODE_POINT;
        }
        return new CodePoints(Arrays.copyOf(gaps, used));
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof CodePoints c && Arrays.equals(c.ranges, ranges);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ranges);
    }
}
