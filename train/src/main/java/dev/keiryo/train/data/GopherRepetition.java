package dev.keiryo.train.data;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Drops texts that repeat themselves, by the limits of Gopher: shares of lines and paragraphs that were there before, of characters in them, of characters in the
 * most frequent 2-, 3- and 4-gram of words, and of characters in repeated 5- to 10-grams. Words are
 * runs of letters, in scripts without spaces runs of one kind of characters. In texts of fewer than 200 words, which repeat some by chance, limits of n-grams are twice as high, 2- to 4-grams have to
 * come four times, and longer ones count from 50 words on.
 *
 * <p>Source: Rae et al., Scaling Language Models (2021, arXiv:2112.11446), table A1.
 */
public record GopherRepetition() implements Filter.ByText {
    private static final double LINES = 0.30;
    private static final double PARAGRAPHS = 0.30;
    private static final double LINE_CHARACTERS = 0.20;
    private static final double PARAGRAPH_CHARACTERS = 0.20;
    private static final double[] TOP = {0.20, 0.18, 0.16};
    private static final double[] REPEATED = {0.15, 0.14, 0.13, 0.12, 0.11, 0.10};
    /** What Gopher takes for a document at all; shorter texts say something twice by chance. */
    private static final int WORDS = 50;

    /** In shorter texts, four words that come twice are a sixth of all. */
    private static final int FEW = 200;

    private static final Pattern LINE_END = Pattern.compile("\n+");
    private static final Pattern PARAGRAPH_END = Pattern.compile("\n{2,}");

    @Override
    public String name() {
        return "repetition";
    }

    @Override
    public @Nullable String reason(String text) {
        String reason = parts(text, PARAGRAPH_END, "paragraphs", PARAGRAPHS, PARAGRAPH_CHARACTERS);
        if (reason == null) {
            reason = parts(text, LINE_END, "lines", LINES, LINE_CHARACTERS);
        }
        return reason == null ? grams(text) : reason;
    }

    private static @Nullable String parts(String text, Pattern end, String what, double share, double characterShare) {
        Set<String> seen = new HashSet<>();
        int all = 0;
        int repeated = 0;
        int characters = 0;
        for (String part : end.split(text.strip(), -1)) {
            String bare = part.strip();
            if (bare.isEmpty()) {
                continue;
            }
            all++;
            if (!seen.add(bare)) {
                repeated++;
                characters += bare.length();
            }
        }
        return repeated > share * all || characters > characterShare * text.length() ? "repeated " + what : null;
    }

    private static @Nullable String grams(String text) {
        Words words = new Words(text);
        int n = words.count();
        long[] hashes = new long[n];
        int[] before = new int[n + 1];
        for (int w = 0; w < n; w++) {
            hashes[w] = hash(text, words.from(w), words.to(w));
            before[w + 1] = before[w] + words.to(w) - words.from(w);
        }
        int characters = before[n];
        int scale = n < FEW ? 2 : 1;
        for (int size = 2; size <= 4 && size <= n; size++) {
            if (top(hashes, before, size, n < FEW ? 4 : 2) > TOP[size - 2] * scale * characters) {
                return "one " + size + "-gram again and again";
            }
        }
        for (int size = 5; size <= 10 && n >= WORDS; size++) {
            if (repeated(hashes, before, size) > REPEATED[size - 5] * scale * characters) {
                return "repeated " + size + "-grams";
            }
        }
        return null;
    }

    private static long hash(String text, int from, int to) {
        long h = 1125899906842597L;
        for (int i = from; i < to; i++) {
            h = 31 * h + Character.toLowerCase(text.charAt(i));
        }
        return h;
    }

    private static long gram(long[] hashes, int from, int size) {
        long h = size;
        for (int w = from; w < from + size; w++) {
            h = Mix.mix(h ^ hashes[w]);
        }
        return h;
    }

    /** Characters in the most frequent gram, where it comes {@code least} times; overlapping ones count once. */
    private static int top(long[] hashes, int[] before, int size, int least) {
        Map<Long, int[]> found = new HashMap<>(); // last end, characters, times
        int most = 0;
        for (int from = 0; from + size <= hashes.length; from++) {
            int[] state = found.computeIfAbsent(gram(hashes, from, size), h -> new int[3]);
            if (from >= state[0]) {
                state[0] = from + size;
                state[1] += before[from + size] - before[from];
                if (++state[2] >= least) {
                    most = Math.max(most, state[1]);
                }
            }
        }
        return most;
    }

    /** Characters in grams that were there before; none counts twice. */
    private static int repeated(long[] hashes, int[] before, int size) {
        long[] sorted = new long[hashes.length - size + 1];
        for (int from = 0; from < sorted.length; from++) {
            sorted[from] = gram(hashes, from, size);
        }
        long[] order = sorted.clone();
        Arrays.sort(order);
        int distinct = 0;
        for (int i = 1; i < order.length; i++) {
            distinct += order[i] == order[i - 1] ? 0 : 1;
        }
        if (distinct == order.length - 1) {
            return 0; // most texts
        }
        Set<Long> seen = new HashSet<>();
        int characters = 0;
        int covered = 0;
        for (int from = 0; from < sorted.length; from++) {
            if (!seen.add(sorted[from])) {
                int begin = Math.max(from, covered);
                covered = from + size;
                characters += before[covered] - before[begin];
            }
        }
        return characters;
    }
}
