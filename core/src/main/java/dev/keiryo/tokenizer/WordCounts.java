package dev.keiryo.tokenizer;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * How often each word occurs in a corpus. The text is read once, in chunks that are counted in parallel; sums do not
 * depend on the order, so the result is the same for any number of threads. Bytes that are not UTF-8 count as U+FFFD.
 */
final class WordCounts {
    /** Characters read at a time; a chunk then runs on to the next line break. */
    private static final int CHUNK = 1 << 20;

    private final BiConsumer<String, Consumer<String>> words;
    private final int threads;
    private final TrainingProgress progress;
    private final Map<String, Long> counts = new HashMap<>();
    private long charactersRead;

    /**
     * @param words finds the words of a chunk; a chunk starts at a line break that follows something other than white
     *     space (or at the start of the text), and ends before the next such
     */
    WordCounts(BiConsumer<String, Consumer<String>> words, int threads, TrainingProgress progress) {
        this.words = words;
        this.threads = threads;
        this.progress = progress;
    }

    /** Words in order, and how often each occurs in {@code files}. */
    Map<String, Long> ofFiles(List<Path> files) throws IOException {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (Path file : files) {
                try (Reader in = new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8)) {
                    count(in, pool);
                }
            }
        }
        return new TreeMap<>(counts);
    }

    /** Words in order, and how often each occurs in {@code text}. */
    Map<String, Long> of(String text) {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            count(new StringReader(text), pool);
        } catch (IOException e) {
            throw new IllegalStateException("reading from a string failed", e);
        }
        return new TreeMap<>(counts);
    }

    private void count(Reader in, ExecutorService pool) throws IOException {
        Deque<Future<Map<String, Long>>> running = new ArrayDeque<>();
        StringBuilder pending = new StringBuilder();
        char[] buffer = new char[CHUNK];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            pending.append(buffer, 0, n);
            int end = lastBreak(pending, pending.length() - n);
            if (end > 0) {
                submit(pending.substring(0, end), pool, running);
                pending.delete(0, end);
            }
        }
        submit(pending.toString(), pool, running);
        while (!running.isEmpty()) {
            collect(running.removeFirst());
        }
    }

    private void submit(String chunk, ExecutorService pool, Deque<Future<Map<String, Long>>> running) {
        running.addLast(pool.submit(() -> {
            Map<String, long[]> found = new HashMap<>();
            words.accept(chunk, word -> found.computeIfAbsent(word, w -> new long[1])[0]++);
            Map<String, Long> result = HashMap.newHashMap(found.size());
            found.forEach((word, n) -> result.put(word, n[0]));
            return result;
        }));
        charactersRead += chunk.length();
        progress.update("characters read", charactersRead, -1);
        if (running.size() > 2 * threads) {
            collect(running.removeFirst());
        }
    }

    private void collect(Future<Map<String, Long>> counted) {
        try {
            counted.get().forEach((word, n) -> counts.merge(word, n, Long::sum));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while counting words", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("counting words failed", e.getCause());
        }
    }

    /** The last line break at or after {@code from} that follows something other than white space, or -1. */
    private static int lastBreak(StringBuilder text, int from) {
        for (int i = text.length() - 1; i >= Math.max(from, 1); i--) {
            if (text.charAt(i) == '\n' && !Codepoints.isWhiteSpace(Character.codePointBefore(text, i))) {
                return i;
            }
        }
        return -1;
    }

    /** Calls {@code out} for each stretch of {@code text} between any of {@code tokens}; of several the longest counts. */
    static void between(String text, List<String> tokens, Consumer<String> out) {
        if (tokens.isEmpty()) {
            out.accept(text);
            return;
        }
        String[] longestFirst = tokens.toArray(String[]::new);
        Arrays.sort(longestFirst, (a, b) -> Integer.compare(b.length(), a.length()));
        StringBuilder any = new StringBuilder();
        for (String token : longestFirst) {
            any.append(any.isEmpty() ? "" : "|").append(Pattern.quote(token));
        }
        Pattern.compile(any.toString()).splitAsStream(text).forEach(out);
    }
}
