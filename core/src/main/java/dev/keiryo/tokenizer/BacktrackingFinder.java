package dev.keiryo.tokenizer;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Any pattern, matched by {@link Matcher}, which may take exponential time: so its looks at the text are counted. */
final class BacktrackingFinder implements PatternFinder {
    /** Address space, of which only what is used becomes memory. */
    private static final long DEEP = 1L << 30;

    private final Pattern pattern;
    private final Matcher matcher;
    private final int to;
    private int done;

    BacktrackingFinder(Pattern pattern, String text, int from, int to) {
        this.pattern = pattern;
        this.to = to;
        done = from;
        matcher = pattern.matcher(new Counted(text, to - from)).region(from, to);
    }

    @Override
    public boolean next() {
        boolean found = find();
        if (found) {
            done = matcher.end();
        }
        return found;
    }

    /** Java matches a repeated group by recursion. Where that takes the stack, the match goes on where there is more. */
    private boolean find() {
        try {
            return matcher.find();
        } catch (StackOverflowError e) {
            matcher.useTransparentBounds(true).useAnchoringBounds(false).region(done, to);
            FutureTask<Boolean> task = new FutureTask<>(matcher::find);
            new Thread(null, task, "deep match", DEEP).start();
            try {
                return task.get();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while splitting text", interrupted);
            } catch (ExecutionException failed) {
                throw new BacktrackingException(pattern.pattern(), failed);
            }
        }
    }

    @Override
    public int start() {
        return matcher.start();
    }

    @Override
    public int end() {
        return matcher.end();
    }

    private final class Counted implements CharSequence {
        private final String text;
        private long left;

        Counted(String text, int length) {
            this.text = text;
            left = PatternFinder.budget(length);
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw new BacktrackingException(pattern.pattern());
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
