package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;
import java.util.List;

/** {@code null}, {@code true} or {@code false}. */
record ConstantPlan(String text) implements Plan {
    static ConstantPlan of(Kind kind) {
        return new ConstantPlan(kind.name().toLowerCase(java.util.Locale.ROOT));
    }

    @Override
    public List<Constraint> children() {
        return List.of();
    }

    @Override
    public long fewest() {
        return text.length();
    }

    @Override
    public void begin(int b, Frame.Sink sink) {
        new Rest(text, 0).next(b, sink);
    }

    /** The characters of {@code text} from {@code at} on. */
    record Rest(String text, int at) implements Frame {
        @Override
        public boolean mayEnd() {
            return false;
        }

        @Override
        public int shortest() {
            return text.length() - at;
        }

        @Override
        public void next(int b, Sink sink) {
            if (text.charAt(at) == b) {
                sink.go(at + 1 == text.length() ? END : new Rest(text, at + 1));
            }
        }
    }
}
