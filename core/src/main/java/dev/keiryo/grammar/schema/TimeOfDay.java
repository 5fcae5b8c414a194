package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.CodePointSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code full-time} of RFC 3339 after so many other characters, as a state that reads one character after the other. A
 * second may be the sixtieth only where it is 23:59 in UTC, for which the offset has to be the one that the hour and the
 * minute leave.
 *
 * @param skip characters to come before
 * @param place in {@code hh:mm:ss}, then in an offset {@code hh:mm}; {@link #FRACTION} and others in between
 * @param minutes of the day while they are read; where a leap second was read, minutes of the offset that have to come
 * @param digit the first of two digits
 * @param leap whether the second is the sixtieth
 */
record TimeOfDay(int skip, int place, int minutes, int digit, boolean leap) {
    private static final int POINT = 8;
    private static final int FRACTION = 9;
    private static final int FRACTION_MORE = 10;
    private static final int OFFSET = 11;
    private static final int END = 16;
    private static final int LAST_MINUTE = 23 * 60 + 59;
    private static final int DAY = 24 * 60;

    /** What is in {@code frame}, and has a time after {@code skip} characters. */
    static Dfa dfa(Dfa frame, int skip) throws Dfa.TooLarge {
        Dfa time = build(new TimeOfDay(skip, 0, 0, 0, false));
        return Product.of(List.of(frame, time), labels -> labels[0] == Dfa.NO ? Dfa.NO : labels[1]);
    }

    private static Dfa build(TimeOfDay start) {
        List<CodePointSet> sets = new ArrayList<>();
        for (char c : "0123456789:.+-".toCharArray()) {
            sets.add(CodePointSet.of(c, c));
        }
        sets.add(CodePointSet.of('Z', 'Z').or(CodePointSet.of('z', 'z')));
        Dfa.Partition p = new Dfa.Partition(sets);
        Map<TimeOfDay, Integer> known = new HashMap<>(Map.of(start, 0));
        List<@Nullable TimeOfDay> states = new ArrayList<>(List.of(start));
        List<int[]> next = new ArrayList<>();
        int dead = -1;
        for (int s = 0; s < states.size(); s++) {
            TimeOfDay from = states.get(s);
            int[] row = new int[p.classes];
            for (int c = 0; c < p.classes; c++) {
                TimeOfDay to = from == null ? null : from.read(p.example[c]);
                if (to == null) {
                    if (dead < 0) {
                        dead = states.size();
                        states.add(null);
                    }
                    row[c] = dead;
                } else {
                    Integer id = known.putIfAbsent(to, states.size());
                    if (id == null) {
                        id = states.size();
                        states.add(to);
                    }
                    row[c] = id;
                }
            }
            next.add(row);
        }
        int[] labels = new int[states.size()];
        for (int s = 0; s < labels.length; s++) {
            TimeOfDay state = states.get(s);
            labels[s] = state != null && state.place == END ? 0 : Dfa.NO;
        }
        return new Dfa(p.cuts, p.classOf, p.classes, next.toArray(int[][]::new), labels);
    }

    private TimeOfDay at(int to, int m, int d) {
        return new TimeOfDay(0, to, m, d, leap);
    }

    @Nullable
    TimeOfDay read(int c) {
        if (skip > 0) {
            return new TimeOfDay(skip - 1, 0, 0, 0, false);
        }
        int d = c >= '0' && c <= '9' ? c - '0' : -1;
        return switch (place) {
            case 0 -> d >= 0 && d <= 2 ? at(1, 0, d) : null;
            case 1 -> d >= 0 && digit * 10 + d < 24 ? at(2, (digit * 10 + d) * 60, 0) : null;
            case 2, 5 -> c == ':' ? at(place + 1, minutes, 0) : null;
            case 3 -> d >= 0 && d < 6 ? at(4, minutes, d) : null;
            case 4 -> d >= 0 ? at(5, minutes + digit * 10 + d, 0) : null;
            case 6 -> d >= 0 && d <= 6 ? at(7, minutes, d) : null;
            case 7 ->
                d < 0 || (digit == 6 && d > 0)
                        ? null
                        : digit == 6 ? new TimeOfDay(0, POINT, minutes, 0, true) : at(POINT, 0, 0);
            case POINT, FRACTION_MORE -> afterSecond(c, d);
            case FRACTION -> d >= 0 ? at(FRACTION_MORE, minutes, 0) : null;
            case OFFSET -> d >= 0 && d <= 2 ? fits(d * 600, 600, at(12, minutes, d)) : null;
            case 12 ->
                d >= 0 && digit * 10 + d < 24
                        ? fits((digit * 10 + d) * 60, 60, at(13, leap ? minutes : 0, digit * 10 + d))
                        : null;
            case 13 -> c == ':' ? at(14, minutes, digit) : null;
            case 14 -> d >= 0 && d < 6 ? fits(digit * 60 + d * 10, 10, at(15, minutes, digit * 6 + d)) : null;
            case 15 -> d >= 0 ? fits(digit * 10 + d, 1, new TimeOfDay(0, END, 0, 0, false)) : null;
            default -> null;
        };
    }

    private @Nullable TimeOfDay afterSecond(int c, int d) {
        if (place == POINT && c == '.') {
            return at(FRACTION, minutes, 0);
        }
        if (place == FRACTION_MORE && d >= 0) {
            return this;
        }
        return switch (c) {
            case 'Z', 'z' -> leap && minutes != LAST_MINUTE ? null : new TimeOfDay(0, END, 0, 0, false);
            // local time is UTC and the offset: 23:59 in UTC leaves it
            case '+' -> at(OFFSET, leap ? (minutes - LAST_MINUTE + DAY) % DAY : 0, 0);
            case '-' -> at(OFFSET, leap ? (LAST_MINUTE - minutes) % DAY : 0, 0);
            default -> null;
        };
    }

    /** {@code then}, unless a leap second has left an offset that is not from {@code from} to {@code from + span - 1}. */
    private @Nullable TimeOfDay fits(int from, int span, TimeOfDay then) {
        return leap && (minutes < from || minutes >= from + span) ? null : then;
    }
}
