package dev.keiryo.tokenizer;

import java.util.regex.Pattern;

/** Splits where a pattern matches. */
final class Split {
    private Split() {}

    static PreTokenizer of(Pattern pattern, SplitBehavior behavior, boolean invert) {
        PatternFinder.Factory finders = PatternFinder.Factory.of(pattern);
        return (text, from, to, first, out) -> {
            SplitBehavior.Spans spans = behavior.pieces(text, invert, out);
            PatternFinder finder = finders.in(text, from, to);
            int done = from;
            while (finder.next()) {
                spans.add(done, finder.start(), false);
                spans.add(finder.start(), finder.end(), true);
                done = finder.end();
            }
            spans.add(done, to, false);
            spans.finish();
        };
    }
}
