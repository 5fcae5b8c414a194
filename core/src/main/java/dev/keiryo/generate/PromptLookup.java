package dev.keiryo.generate;

/**
 * Guesses that the text repeats itself: finds where its last n tokens stood before, the longest n first, and guesses what
 * followed there. Costs no model; good for summaries, edits, code (prompt lookup decoding; n-gram speculation).
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
    public int draft(History history, int most, int[] out) {
        int size = history.size();
        int bestEnd = -1;
        int bestLength = shortest - 1;
        // The latest place of the longest agreement.
        for (int end = size - 1; end >= shortest && bestLength < longest; end--) {
            int n = 0;
            while (n < longest && n < end && history.get(end - 1 - n) == history.get(size - 1 - n)) {
                n++;
            }
            if (n > bestLength) {
                bestLength = n;
                bestEnd = end;
            }
        }
        if (bestEnd < 0) {
            return 0;
        }
        // What followed; where that is the end of the text itself, the text goes round.
        int period = size - bestEnd;
        for (int i = 0; i < most; i++) {
            out[i] = history.get(bestEnd + i % period);
        }
        return most;
    }

    @Override
    public void close() {}
}
