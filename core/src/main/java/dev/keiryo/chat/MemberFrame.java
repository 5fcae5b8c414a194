package dev.keiryo.chat;

import dev.keiryo.grammar.Frame;
import java.util.BitSet;
import java.util.List;

/**
 * Between arguments that are not written as a JSON object: each at most once, in any order, then what closes them once all that are
 * required are there.
 *
 * @param used arguments that have been written; not changed
 */
record MemberFrame(Members members, BitSet used) implements Frame {
    /**
     * An argument.
     *
     * @param first as it is written before all others
     * @param further as it is written behind another
     */
    record Member(Frame first, Frame further, boolean required) {}

    /** What there is to write. By identity. */
    static final class Members {
        private final List<Member> all;
        private final Frame close;

        Members(List<Member> all, Frame close) {
            this.all = List.copyOf(all);
            this.close = close;
        }

        Frame start() {
            return new MemberFrame(this, new BitSet());
        }
    }

    @Override
    public boolean mayEnd() {
        return false;
    }

    @Override
    public int shortest() {
        long further = 0;
        long first = 0; // how much less the first one of them takes
        for (int i = 0; i < members.all.size(); i++) {
            Member member = members.all.get(i);
            if (member.required && !used.get(i)) {
                further += member.further.shortest();
                first = Math.max(first, member.further.shortest() - member.first.shortest());
            }
        }
        return (int) Math.min(ENDLESS, further - (used.isEmpty() ? first : 0) + members.close.shortest());
    }

    @Override
    public void next(int b, Sink sink) {
        boolean complete = true;
        for (int i = 0; i < members.all.size(); i++) {
            if (!used.get(i)) {
                Member member = members.all.get(i);
                BitSet then = (BitSet) used.clone();
                then.set(i);
                sink.call(used.isEmpty() ? member.first : member.further, new MemberFrame(members, then));
                complete &= !member.required;
            }
        }
        if (complete) {
            sink.call(members.close, END);
        }
    }

    @Override
    public int hashCode() {
        return 31 * System.identityHashCode(members) + used.hashCode();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof MemberFrame f && f.members == members && f.used.equals(used);
    }
}
