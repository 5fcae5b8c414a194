package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;
import java.util.List;
import java.util.Locale;

/** {@code null}, {@code true} or {@code false}, in each spelling. */
record ConstantPlan(List<String> texts) implements Plan {
    static ConstantPlan of(Kind kind, boolean python) {
        String json = kind.name().toLowerCase(Locale.ROOT);
        String spelled =
                json.equals("null") ? "None" : json.substring(0, 1).toUpperCase(Locale.ROOT) + json.substring(1);
        return new ConstantPlan(python ? List.of(json, spelled) : List.of(json));
    }

    @Override
    public List<Constraint> children() {
        return List.of();
    }

    @Override
    public long fewest() {
        return texts.getFirst().length(); // all spellings are as long
    }

    @Override
    public void begin(int b, Frame.Sink sink) {
        texts.forEach(text -> new Rest(text, 0).next(b, sink));
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
