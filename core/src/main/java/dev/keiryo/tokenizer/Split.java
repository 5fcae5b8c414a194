package dev.keiryo.tokenizer;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits where a pattern matches. */
final class Split {
    private Split() {}

    static PreTokenizer of(Pattern pattern, SplitBehavior behavior, boolean invert) {
        return (text, from, to, first, out) -> {
            SplitBehavior.Spans spans = behavior.pieces(text, invert, out);
            Matcher matcher = pattern.matcher(text).region(from, to);
            int done = from;
            while (matcher.find()) {
                spans.add(done, matcher.start(), false);
                spans.add(matcher.start(), matcher.end(), true);
                done = matcher.end();
            }
            spans.add(done, to, false);
            spans.finish();
        };
    }
}
