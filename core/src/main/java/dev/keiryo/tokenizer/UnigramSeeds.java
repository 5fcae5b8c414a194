package dev.keiryo.tokenizer;

import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RecursiveAction;
import org.jspecify.annotations.Nullable;

/**
 * The first, far too large vocabulary of unigram training: all characters, and the substrings of words that occur at
 * least twice and cannot be made longer without occurring less often. They are found by sorting all suffixes, cut to a
 * piece's greatest length, and walking the intervals of common prefixes. Of too many the ones with the greatest count
 * times length stay.
 */
final class UnigramSeeds {
    private static final int END = 0;
    private static final int LONG_VOWEL_MARK = 0x30FC;

    /** A piece and how often it occurs. */
    record Seed(String text, long count) {}

    private final int maxLength;
    private final int[] text;
    private final long[] weights;
    private final int[] wordOf;
    private final List<Candidate> candidates = new ArrayList<>();

    private record Candidate(int at, int length, long count) {
        long score() {
            return count * length;
        }
    }

    /**
     * @param words and how often each occurs
     * @param characters those that pieces may consist of
     * @param maxLength greatest length of a piece in code points
     */
    UnigramSeeds(Map<String, Long> words, Set<Integer> characters, int maxLength) {
        this.maxLength = maxLength;
        IntSequence points = new IntSequence();
        IntSequence owners = new IntSequence();
        weights = new long[words.size()];
        int word = 0;
        for (Map.Entry<String, Long> entry : words.entrySet()) {
            weights[word] = entry.getValue();
            String w = entry.getKey();
            for (int i = 0; i < w.length(); i += Character.charCount(w.codePointAt(i))) {
                int c = w.codePointAt(i);
                points.add(characters.contains(c) ? c : END);
                owners.add(word);
            }
            points.add(END);
            owners.add(word++);
        }
        text = points.toArray();
        wordOf = owners.toArray();
    }

    /** At most {@code limit} seeds of two and more characters, the best first. */
    List<Seed> find(int limit, ForkJoinPool pool) {
        IntSequence starts = new IntSequence(text.length);
        for (int i = 0; i < text.length; i++) {
            if (text[i] != END) {
                starts.add(i);
            }
        }
        int[] suffixes = starts.toArray();
        pool.invoke(new Sort(suffixes, 0, suffixes.length, 0));
        walk(suffixes);
        candidates.sort(Comparator.comparingLong(Candidate::score)
                .reversed()
                .thenComparing((a, b) -> text(a).compareTo(text(b))));
        List<Seed> seeds = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Candidate c : candidates) {
            if (seeds.size() == limit) {
                break;
            }
            if (seen.add(text(c))) {
                seeds.add(new Seed(text(c), c.count()));
            }
        }
        return seeds;
    }

    private String text(Candidate c) {
        return new String(text, c.at(), c.length());
    }

    /** Code point at {@code depth} of the suffix at {@code start}, END behind its end. */
    private int at(int start, int depth) {
        return depth < maxLength ? text[start + depth] : END;
    }

    /** Three-way string quicksort of suffixes that agree in their first {@code depth} code points. */
    private final class Sort extends RecursiveAction {
        private static final int SEQUENTIAL = 1 << 13;

        private final int[] suffixes;
        private final int from;
        private final int to;
        private final int depth;

        Sort(int[] suffixes, int from, int to, int depth) {
            this.suffixes = suffixes;
            this.from = from;
            this.to = to;
            this.depth = depth;
        }

        @Override
        protected void compute() {
            if (to - from < 2) {
                return;
            }
            int pivot = pivot();
            int less = from;
            int greater = to;
            for (int i = from; i < greater; ) {
                int c = at(suffixes[i], depth);
                if (c < pivot) {
                    swap(i++, less++);
                } else if (c > pivot) {
                    swap(i, --greater);
                } else {
                    i++;
                }
            }
            List<Sort> parts = new ArrayList<>(3);
            parts.add(new Sort(suffixes, from, less, depth));
            parts.add(new Sort(suffixes, greater, to, depth));
            if (pivot != END) {
                parts.add(new Sort(suffixes, less, greater, depth + 1));
            }
            if (to - from > SEQUENTIAL) {
                invokeAll(parts);
            } else {
                parts.forEach(Sort::compute);
            }
        }

        private int pivot() {
            int a = at(suffixes[from], depth);
            int b = at(suffixes[(from + to) >>> 1], depth);
            int c = at(suffixes[to - 1], depth);
            return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
        }

        private void swap(int i, int j) {
            int s = suffixes[i];
            suffixes[i] = suffixes[j];
            suffixes[j] = s;
        }
    }

    /** An interval of sorted suffixes with a common prefix, while it is being walked. */
    private static final class Interval {
        final int at;
        final int depth;
        long count;

        Interval(int at, int depth, long count) {
            this.at = at;
            this.depth = depth;
            this.count = count;
        }
    }

    private void walk(int[] suffixes) {
        List<Interval> open = new ArrayList<>();
        for (int i = 0; i < suffixes.length; i++) {
            int suffix = suffixes[i];
            close(open, i == 0 ? 0 : commonPrefix(suffixes[i - 1], suffix));
            int length = 0;
            while (at(suffix, length) != END) {
                length++;
            }
            long weight = weights[wordOf[suffix]];
            Interval top = open.isEmpty() ? null : open.getLast();
            if (top != null && top.depth == length) {
                top.count += weight;
            } else {
                open.add(new Interval(suffix, length, weight));
            }
        }
        close(open, 0);
    }

    /** Ends all intervals deeper than {@code depth}; what they counted goes to the one around them. */
    private void close(List<Interval> open, int depth) {
        while (!open.isEmpty() && open.getLast().depth > depth) {
            Interval done = open.removeLast();
            consider(done);
            Interval outer = open.isEmpty() ? null : open.getLast();
            if (outer != null && outer.depth >= depth) {
                outer.count += done.count;
            } else if (depth > 0) {
                open.add(new Interval(done.at, depth, done.count));
            }
        }
    }

    private void consider(Interval found) {
        if (found.depth > 1 && found.count > 1 && isPiece(found.at, found.depth)) {
            candidates.add(new Candidate(found.at, found.depth, found.count));
        }
    }

    private int commonPrefix(int a, int b) {
        int n = 0;
        while (at(a, n) == at(b, n) && at(a, n) != END) {
            n++;
        }
        return n;
    }

    /** A piece is of one script (kana and kanji count as one), and has the space mark in front only. */
    private boolean isPiece(int at, int length) {
        UnicodeScript script = null;
        for (int i = at; i < at + length; i++) {
            if (text[i] == SentencePieceNormalizer.MARK) {
                if (i > at) {
                    return false;
                }
                continue;
            }
            UnicodeScript next = script(text[i], script);
            if (script != null && next != script) {
                return false;
            }
            script = next;
        }
        return true;
    }

    private static UnicodeScript script(int c, @Nullable UnicodeScript previous) {
        UnicodeScript script = UnicodeScript.of(c);
        return switch (script) {
            case HIRAGANA, KATAKANA -> UnicodeScript.HAN;
            case INHERITED -> previous == null ? script : previous;
            default -> c == LONG_VOWEL_MARK ? UnicodeScript.HAN : script;
        };
    }
}
