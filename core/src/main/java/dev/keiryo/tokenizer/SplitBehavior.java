package dev.keiryo.tokenizer;

/** What becomes of the stretches that a pattern matches, and of those between. */
public enum SplitBehavior {
    /** Matches are dropped. */
    REMOVED,
    /** Each match is a piece. */
    ISOLATED,
    /** A match ends the piece before it. */
    MERGED_WITH_PREVIOUS,
    /** A match begins the piece after it. */
    MERGED_WITH_NEXT,
    /** Neighbouring matches are one piece. */
    CONTIGUOUS;

    /** Receives the stretches of {@code text[from, to)}, in order and without gaps, and passes on the pieces. */
    Spans pieces(String text, boolean invert, PreTokenizer.Pieces out) {
        return new Spans(this, text, invert, out);
    }

    /** Merges stretches into pieces. */
    static final class Spans {
        private final SplitBehavior behavior;
        private final String text;
        private final boolean invert;
        private final PreTokenizer.Pieces out;
        private int heldFrom;
        private int heldTo;
        private boolean heldMatch;

        private Spans(SplitBehavior behavior, String text, boolean invert, PreTokenizer.Pieces out) {
            this.behavior = behavior;
            this.text = text;
            this.invert = invert;
            this.out = out;
        }

        /** The next stretch, matched or not; empty ones are ignored. */
        void add(int from, int to, boolean matched) {
            if (from == to) {
                return;
            }
            boolean match = matched != invert;
            switch (behavior) {
                case REMOVED -> {
                    if (!match) {
                        out.accept(text, from, to);
                    }
                }
                case ISOLATED -> out.accept(text, from, to);
                case CONTIGUOUS -> hold(from, to, match, heldMatch == match);
                case MERGED_WITH_PREVIOUS -> hold(from, to, match, match && !heldMatch);
                case MERGED_WITH_NEXT -> hold(from, to, match, heldMatch && !match);
            }
        }

        private void hold(int from, int to, boolean match, boolean merge) {
            if (heldFrom < heldTo && merge) {
                heldTo = to;
            } else {
                finish();
                heldFrom = from;
                heldTo = to;
            }
            heldMatch = match;
        }

        /** There are no more stretches. */
        void finish() {
            if (heldFrom < heldTo) {
                out.accept(text, heldFrom, heldTo);
            }
            heldFrom = heldTo;
        }
    }
}
