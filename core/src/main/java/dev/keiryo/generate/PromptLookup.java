package dev.keiryo.generate;

import dev.keiryo.engine.Sequence;

/**
 * Guesses that the text repeats itself: finds where its last n tokens stood before, the longest n first, of equals the
 * latest place, and guesses what followed there. Further branches are other continuations. Costs no model; good for
 * summaries, edits, code (prompt lookup decoding, Saxena 2023; LLMA, Yang et al., arXiv 2304.04487).
 *
 * @param longest most tokens that are compared
 * @param shortest fewest tokens that must agree
 */
public record PromptLookup(int longest, int shortest) implements Drafter {
    /** Four tokens, or three, or two. */
    public static final PromptLookup DEFAULT = new PromptLookup(4, 2);

    public PromptLookup {
        if (shortest < 1 || longest < shortest) {
            throw new IllegalArgumentException("n-grams of %d to %d tokens: expected at least 1, and no fewer at most"
                    .formatted(shortest, longest));
        }
    }

    @Override
    public void draft(Sequence sequence, History history, int most, boolean whole, Guesses out) {
        draft(history, most, out);
    }

    void draft(History history, int most, Guesses out) {
        for (int found = 0; found < out.width(); found++) {
            int end = find(history, out);
            if (end < 0) {
                return;
            }
            int branch = out.branch();
            // What followed; where that is the end of the text itself, the text goes round.
            int period = history.size() - end;
            for (int i = 0; i < most; i++) {
                out.add(branch, history.get(end + i % period));
            }
        }
    }

    /** Behind the latest place of the longest agreement, of those that no branch follows yet; -1 for none. */
    private int find(History history, Guesses known) {
        int size = history.size();
        int bestEnd = -1;
        int bestLength = shortest - 1;
        for (int end = size - 1; end >= shortest && bestLength < longest; end--) {
            int n = 0;
            while (n < longest && n < end && history.get(end - 1 - n) == history.get(size - 1 - n)) {
                n++;
            }
            if (n > bestLength && !known.beginsWith(history.get(end))) {
                bestLength = n;
                bestEnd = end;
            }
        }
        return bestEnd;
    }

    @Override
    public void close() {}
}
