package dev.keiryo.tokenizer;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits where a pattern matches. */
final class Split {
    /** Address space, of which only what is used becomes memory. */
    private static final long DEEP = 1L << 30;

    private Split() {}

    static PreTokenizer of(Pattern pattern, SplitBehavior behavior, boolean invert) {
        return (text, from, to, first, out) -> {
            SplitBehavior.Spans spans = behavior.pieces(text, invert, out);
            Matcher matcher = pattern.matcher(text).region(from, to);
            int done = from;
            while (find(matcher, done, to)) {
                spans.add(done, matcher.start(), false);
                spans.add(matcher.start(), matcher.end(), true);
                done = matcher.end();
            }
            spans.add(done, to, false);
            spans.finish();
        };
    }

    /**
     * Java matches a repeated group by recursion. The known patterns have none, but those of other files may: then a long
     * match goes on where there is stack enough.
     */
    private static boolean find(Matcher matcher, int done, int to) {
        try {
            return matcher.find();
        } catch (StackOverflowError e) {
            matcher.useTransparentBounds(true).useAnchoringBounds(false).region(done, to);
            FutureTask<Boolean> task = new FutureTask<>(matcher::find);
            Thread thread = new Thread(null, task, "deep match", DEEP);
            thread.start();
            try {
                return task.get();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while splitting text", interrupted);
            } catch (ExecutionException failed) {
                throw new IllegalArgumentException(
                        "the text is too long for the tokenizer's pattern " + matcher.pattern(), failed);
            }
        }
    }
}
