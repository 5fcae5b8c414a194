package dev.keiryo.tokenizer;

/**
 * Turns the pieces of decoded ids into text. Immutable; the state of one decoding is a {@link Stage}.
 *
 * <p>Whole decoding and streaming are the same stages: streaming only asks them now and then to pass on what is
 * certain already.
 */
@FunctionalInterface
public interface Decoder {
    /** Joins the pieces as they are. */
    Decoder NONE = next -> next;

    /** A stage that passes its output on to {@code next}. */
    Stage open(Stage next);

    /** Receives pieces: each is any number of {@link #text} calls and one {@link #end}. */
    interface Stage {
        /** A part of the current piece. */
        void text(String part);

        /** The current piece is complete. */
        void end();

        /** Passes on whatever no later piece can change. */
        void flush();

        /** There are no more pieces: passes on everything. */
        void finish();
    }
}
