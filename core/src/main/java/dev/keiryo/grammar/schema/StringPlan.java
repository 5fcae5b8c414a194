package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Strings in a language, of {@code least} to {@code most} characters. Lengths are counted, never unrolled into states: for
 * each state, and each number of characters that have to come at least, it is known how many have to come.
 */
final class StringPlan implements Plan {
    /** Cells of the table of lengths. */
    private static final long MOST_CELLS = 2_000_000;

    private static final int NO_TEXT = Integer.MAX_VALUE / 4;

    private final Dfa dfa;
    private final long least;
    private final long most;
    /** {@code [k][state]}: fewest characters to the end, at least k; null where every text is in the language. */
    private final int @Nullable [][] characters;
    /** Fewest bytes that so many characters may have. */
    private final int[][] bytes;

    /** @throws Dfa.TooLarge where a least length and a language are too much together */
    StringPlan(Dfa dfa, long least, long most) throws Dfa.TooLarge {
        this.dfa = dfa;
        this.least = least;
        this.most = most;
        if (dfa.states() == 1 && dfa.labels[0] != Dfa.NO) {
            characters = null;
            bytes = new int[0][];
            return;
        }
        if ((least + 1) * dfa.states() > MOST_CELLS) {
            throw new Dfa.TooLarge("a least length of " + least + " characters in an automaton of " + dfa.states()
                    + " states: together more than " + MOST_CELLS);
        }
        int[][] length = new int[(int) least + 1][];
        bytes = new int[(int) least + 1][];
        length[0] = distances(dfa);
        bytes[0] = bytesOf(dfa, length[0], length[0], null);
        for (int k = 1; k <= least; k++) {
            int[] now = new int[dfa.states()];
            int[] before = length[k - 1];
            for (int s = 0; s < now.length; s++) {
                int best = NO_TEXT;
                for (int to : dfa.next[s]) {
                    best = Math.min(best, Math.min(NO_TEXT, before[to] + 1));
                }
                now[s] = best;
            }
            length[k] = now;
            bytes[k] = bytesOf(dfa, now, before, bytes[k - 1]);
        }
        characters = length;
    }

    private static int[] distances(Dfa dfa) {
        List<List<Integer>> before = new ArrayList<>();
        for (int s = 0; s < dfa.states(); s++) {
            before.add(new ArrayList<>());
        }
        int[] distance = new int[dfa.states()];
        Arrays.fill(distance, NO_TEXT);
        ArrayDeque<Integer> queue = new ArrayDeque<>();
        for (int s = 0; s < dfa.states(); s++) {
            for (int to : dfa.next[s]) {
                before.get(to).add(s);
            }
            if (dfa.labels[s] != Dfa.NO) {
                distance[s] = 0;
                queue.add(s);
            }
        }
        while (!queue.isEmpty()) {
            int to = queue.remove();
            for (int s : before.get(to)) {
                if (distance[s] == NO_TEXT) {
                    distance[s] = distance[to] + 1;
                    queue.add(s);
                }
            }
        }
        return distance;
    }

    /** @param then bytes after the next character; null where they are what is computed */
    private static int[] bytesOf(Dfa dfa, int[] length, int[] lengthThen, int @Nullable [] then) {
        int[] bytes = new int[dfa.states()];
        Integer[] order = new Integer[dfa.states()];
        Arrays.setAll(order, s -> s);
        Arrays.sort(order, (a, b) -> Integer.compare(length[a], length[b]));
        for (int s : order) {
            bytes[s] = length[s] == 0 && then == null ? 0 : NO_TEXT;
            if (length[s] == NO_TEXT || bytes[s] == 0) {
                continue;
            }
            for (int c = 0; c < dfa.classes; c++) {
                int to = dfa.next[s][c];
                if (lengthThen[to] == length[s] - 1) {
                    bytes[s] = Math.min(bytes[s], dfa.bytes[c] + (then == null ? bytes : then)[to]);
                }
            }
        }
        return bytes;
    }

    @Override
    public List<Constraint> children() {
        return List.of();
    }

    @Override
    public long fewest() {
        return fits(0, 0) ? 1 + fewest(0, 0) : NEVER;
    }

    @Override
    public void begin(int b, Frame.Sink sink) {
        if (b == '"') {
            sink.go(Characters.of(new Reading(this, 0, 0)));
        }
    }

    /** The strings themselves, without quotation marks and escapes. */
    Frame text() {
        return Characters.text(new Reading(this, 0, 0));
    }

    private boolean fits(int state, long count) {
        long missing = Math.max(0, least - count);
        long coming = characters == null ? missing : characters[(int) missing][state];
        return coming < NO_TEXT && coming <= most - count;
    }

    /** Quotation mark included. */
    private long fewest(int state, long count) {
        long missing = Math.max(0, least - count);
        return 1 + (characters == null ? missing : bytes[(int) missing][state]);
    }

    /** After {@code count} characters, or as many as matter. */
    private record Reading(StringPlan plan, int state, long count) implements Characters.Reader {
        private long counted() {
            return plan.most == Long.MAX_VALUE ? Math.min(plan.least, count + 1) : count + 1;
        }

        @Override
        public Characters.@Nullable Reader next(int c) {
            int to = plan.dfa.step(state, c);
            long n = counted();
            return plan.fits(to, n) ? new Reading(plan, to, n) : null;
        }

        @Override
        public boolean takes(int first, int last) {
            return fewestAfter(first, last) < NEVER;
        }

        @Override
        public long fewest() {
            return plan.fewest(state, count);
        }

        @Override
        public long fewestAfter(int first, int last) {
            Dfa dfa = plan.dfa;
            long n = counted();
            long least = NEVER;
            for (int i = dfa.interval(first); i < dfa.cuts.length && dfa.cuts[i] <= last; i++) {
                if (dfa.classOf[i] >= 0) {
                    int to = dfa.next[state][dfa.classOf[i]];
                    if (plan.fits(to, n)) {
                        least = Math.min(least, plan.fewest(to, n));
                    }
                }
            }
            return least;
        }

        @Override
        public void close(Frame.Sink sink) {
            if (plan.dfa.labels[state] != Dfa.NO && count >= plan.least && count <= plan.most) {
                sink.go(Frame.END);
            }
        }

        @Override
        public Characters.Reader within(int characters) {
            // a universal language tells its counts only near the bounds
            if (plan.characters != null || plan.most == Long.MAX_VALUE || count < plan.least) {
                return this;
            }
            return plan.most - count > characters
                    ? new Reading(plan, state, Math.max(plan.least, plan.most - characters - 1))
                    : this;
        }

        @Override
        public int hashCode() {
            return 31 * (31 * System.identityHashCode(plan) + state) + Long.hashCode(count);
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Reading r && r.plan == plan && r.state == state && r.count == count;
        }
    }
}
