package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Between the members of an object.
 *
 * @param space characters of white space that may still come
 */
record ObjectFrame(Members members, Phase phase, int space) implements Frame {
    ObjectFrame(Members members, Phase phase) {
        this(members, phase, members.plan.whitespace);
    }

    /** What has been read last. */
    enum Phase {
        OPEN,
        MEMBER,
        COMMA
    }

    @Override
    public boolean mayEnd() {
        return false;
    }

    @Override
    public int shortest() {
        if (phase == Phase.COMMA) {
            return Plan.clamp(new Keys(members).start().fewest() + 1);
        }
        return Plan.clamp(Plan.plus(1, members.rest()));
    }

    @Override
    public void next(int b, Sink sink) {
        if (ValueFrame.isSpace(b)) {
            if (space > 0) {
                sink.go(new ObjectFrame(members, phase, ValueFrame.less(space)));
            }
        } else if (b == '"' && phase != Phase.MEMBER) {
            if (!members.choices().isEmpty()) {
                sink.go(Characters.of(new Keys(members).start()));
            }
        } else if (b == '}' && phase != Phase.COMMA) {
            if (members.mayEnd()) {
                sink.go(END);
            }
        } else if (b == ',' && phase == Phase.MEMBER && !members.choices().isEmpty()) {
            sink.go(new ObjectFrame(members, Phase.COMMA));
        }
    }

    /** Before the colon. */
    record Colon(Constraint value, Members then, int space) implements Frame {
        @Override
        public boolean mayEnd() {
            return false;
        }

        @Override
        public int shortest() {
            return Plan.clamp(Plan.plus(2 + value.fewest, then.rest()));
        }

        @Override
        public void next(int b, Sink sink) {
            if (ValueFrame.isSpace(b)) {
                if (space > 0) {
                    sink.go(new Colon(value, then, ValueFrame.less(space)));
                }
            } else if (b == ':') {
                sink.go(new Value(value, then));
            }
        }
    }

    /** After the colon. */
    record Value(Constraint value, Members then) implements Frame {
        @Override
        public boolean mayEnd() {
            return false;
        }

        @Override
        public int shortest() {
            return Plan.clamp(Plan.plus(1 + value.fewest, then.rest()));
        }

        @Override
        public void next(int b, Sink sink) {
            sink.call(new ValueFrame(value), new ObjectFrame(then, Phase.MEMBER));
        }
    }

    /** The names that may come after some members. */
    static final class Keys {
        private final Members members;
        private final double[] counts;
        private final BitSet wanted;
        private @Nullable Words words;

        Keys(Members members) {
            this.members = members;
            this.wanted = members.wanted();
            this.counts = members.plan.count(wanted);
        }

        Key start() {
            return new Key(this, 0, "");
        }

        /** From each state, with all that comes after a name. */
        synchronized Words words() {
            Words known = words;
            if (known == null) {
                long[] ends = new long[members.plan.regions.size()];
                Arrays.fill(ends, Plan.NEVER);
                for (Members.Choice c : members.choices()) {
                    int id = c.region().id();
                    // quotation mark, colon, and the brace
                    ends[id] = Math.min(ends[id], Plan.plus(3, c.bytes()));
                }
                known = new Words(members.plan.names, ends);
                words = known;
            }
            return known;
        }

        /** Whether a name that is not used yet begins with {@code prefix}, which leads to {@code state}. */
        boolean any(int state, String prefix) {
            double count = counts[state];
            if (count == Double.POSITIVE_INFINITY || count == 0) {
                return count > 0;
            }
            int used = 0;
            for (String name : members.seen) {
                if (name.startsWith(prefix) && wanted.get(members.plan.names.label(name))) {
                    used++;
                }
            }
            return count > used;
        }
    }

    /** Inside a name. */
    record Key(Keys keys, int state, String prefix) implements Characters.Reader {
        @Override
        public Characters.@Nullable Reader next(int c) {
            int to = keys.members.plan.names.step(state, c);
            String more = prefix + Character.toString(c);
            return keys.any(to, more) ? new Key(keys, to, more) : null;
        }

        @Override
        public boolean takes(int first, int last) {
            return find(first, last, false) < Plan.NEVER;
        }

        /** Fewest bytes after one of some characters; any number where only {@code whether} there are counts. */
        private long find(int first, int last, boolean exact) {
            Dfa names = keys.members.plan.names;
            long least = Plan.NEVER;
            for (int i = names.interval(first); i < names.cuts.length && names.cuts[i] <= last; i++) {
                if (names.classOf[i] < 0) {
                    continue;
                }
                int to = names.next[state][names.classOf[i]];
                if (keys.counts[to] == 0) {
                    continue;
                }
                int tries = keys.members.seen.size() + 1;
                for (int c = Math.max(first, names.cuts[i]); c <= Math.min(last, names.last(i)) && tries-- > 0; c++) {
                    Characters.Reader then = next(c);
                    if (then != null) {
                        least = Math.min(least, exact ? then.fewest() : 0);
                        break;
                    }
                }
            }
            return least;
        }

        @Override
        public long fewest() {
            Words.Word word = keys.words().best(state, rest -> !keys.members.seen.contains(prefix + rest));
            return word == null ? Plan.NEVER : word.bytes();
        }

        @Override
        public long fewestAfter(int first, int last) {
            return find(first, last, true);
        }

        @Override
        public void close(Frame.Sink sink) {
            if (keys.members.seen.contains(prefix)) {
                return;
            }
            int region = keys.members.plan.names.labels[state];
            for (Members.Choice c : keys.members.choices(region)) {
                sink.go(new Colon(
                        c.option().value(), keys.members.after(prefix, c.option()), keys.members.plan.whitespace));
            }
        }

        @Override
        public int hashCode() {
            return 31 * (31 * keys.members.hashCode() + state) + prefix.hashCode();
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Key k
                    && k.state == state
                    && k.prefix.equals(prefix)
                    && k.keys.members.equals(keys.members);
        }
    }
}
