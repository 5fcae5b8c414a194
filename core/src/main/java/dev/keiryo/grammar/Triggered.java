package dev.keiryo.grammar;

import dev.keiryo.grammar.Expression.Bytes;
import dev.keiryo.grammar.Expression.Repeat;

/**
 * Any text until a trigger has been read, then a language: for calls of tools, which a text may or may not come to.
 *
 * @param search where in {@code .*trigger} the text is
 * @param then the language behind the trigger
 */
public record Triggered(Frame search, Frame then) implements Frame {
    private static final Expression ANYTHING = new Repeat(new Bytes(0, 255), 0, Expression.UNLIMITED);

    /**
     * Free text, and {@code then} from where {@code trigger} first matches.
     *
     * @throws IllegalArgumentException where {@code trigger} matches the empty text, or nothing
     */
    public static Frame of(Expression trigger, Frame then) {
        Frame once = trigger.compile();
        if (once.mayEnd()) {
            throw new IllegalArgumentException("a trigger must not match the empty text");
        }
        return new Triggered(Expression.sequence(ANYTHING, trigger).compile(), then);
    }

    /** Free text without end. */
    public static Frame never() {
        return new Triggered(ANYTHING.compile(), Frame.END);
    }

    @Override
    public boolean mayEnd() {
        return true;
    }

    @Override
    public int shortest() {
        return 0;
    }

    @Override
    public void next(int b, Sink sink) {
        search.next(b, new Sink() {
            @Override
            public void go(Frame frame) {
                if (frame.mayEnd() && then != Frame.END) {
                    sink.go(then);
                } else {
                    sink.go(new Triggered(frame, then));
                }
            }

            @Override
            public void call(Frame callee, Frame back) {
                throw new IllegalArgumentException("a trigger must not repeat anything more often than some times");
            }
        });
    }
}
