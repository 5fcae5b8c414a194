package dev.keiryo.grammar;

import java.util.List;

/**
 * A language over bytes, as one level of a pushdown automaton: what may be read from here on until the level ends. A whole
 * language is the frame it begins with.
 *
 * <p>Immutable and thread-safe; {@code equals} and {@code hashCode} are by value and quick, for frames are the keys of
 * all caches. Never a dead end: from every frame that a {@link Sink} is given, some bytes finish it, {@link #shortest} of
 * them at least.
 */
public interface Frame {
    /** The empty text: has ended, and goes on nowhere. As {@code back} of a call: the level ends together with the callee. */
    Frame END = new Frame() {
        @Override
        public boolean mayEnd() {
            return true;
        }

        @Override
        public int shortest() {
            return 0;
        }

        @Override
        public void next(int b, Sink sink) {}

        @Override
        public String toString() {
            return "end";
        }
    };

    /**
     * A byte that no UTF-8 has: what follows, up to the next byte that a language allows there, is the name of a control
     * token. Vocabularies put it before control tokens' names, so that these are allowed only where a language says so.
     */
    int CONTROL = 0xFF;

    /** Bytes that end nothing, however many are read: a {@link #shortest} that no text has. */
    int ENDLESS = Integer.MAX_VALUE / 4;

    /** Whether the level may end here without another byte; whoever called it then goes on with the next one. */
    boolean mayEnd();

    /** Fewest bytes that end the level; 0 exactly where it {@link #mayEnd}, {@link #ENDLESS} at most. */
    int shortest();

    /** Tells {@code sink} everywhere that byte {@code b}, 0 to 255, may lead; nothing where it is not allowed. */
    void next(int b, Sink sink);

    /**
     * A frame that cannot be told from this one within {@code bytes} bytes, whatever they are: it allows the same ones,
     * ends after the same ones, and the {@link #shortest} of all that it leads to differ from this one's by one number. The
     * same for as many frames as possible, so that caches need not know how often something may still be repeated.
     */
    default Frame within(int bytes) {
        return this;
    }

    /** One after the other; the empty text for none. */
    static Frame sequence(Frame... parts) {
        Frame sequence = END;
        for (int i = parts.length - 1; i >= 0; i--) {
            if (parts[i] != END) {
                sequence = sequence == END ? parts[i] : new SequenceFrame(parts[i], sequence);
            }
        }
        return sequence;
    }

    /** Any one of {@code options}, of which there is one at least. */
    static Frame choice(List<? extends Frame> options) {
        if (options.isEmpty()) {
            throw new IllegalArgumentException("a choice needs something to choose from");
        }
        return options.size() == 1 ? options.getFirst() : new ChoiceFrame(List.copyOf(options));
    }

    /**
     * {@code body} that many times, {@link Expression#UNLIMITED} for no limit.
     *
     * @param body may not be the empty text
     */
    static Frame repeat(Frame body, int min, int max) {
        if (body.mayEnd()) {
            throw new IllegalArgumentException("what may be empty cannot be repeated");
        }
        return RepeatFrame.of(body, min, max);
    }

    /** Receives where a byte leads; may be told several things, in any order, and more than once. */
    interface Sink {
        /** This level goes on as {@code frame}, which has not read anything yet; {@link #END}: it is over. */
        void go(Frame frame);

        /**
         * {@code callee} begins above this level, with the same byte still to be read; when it has ended, this level goes on
         * as {@code back}. Where {@code callee} may end without a byte, {@code back} reads the byte as well. With
         * {@link #END} for {@code back}, {@code callee} takes this level's place, and right recursion takes no room.
         *
         * <p>A chain of calls that comes back to the same frame without a byte read (left recursion) never ends and is
         * an error when it runs.
         */
        void call(Frame callee, Frame back);
    }
}
