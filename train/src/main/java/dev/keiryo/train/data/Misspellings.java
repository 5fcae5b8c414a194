package dev.keiryo.train.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Corrects common misspellings by a table: whole English words, in the case in which they are written, and Japanese ones, where they are no part of a longer
 * word: katakana between other characters than katakana, hiragana before other characters than hiragana.
 */
public record Misspellings() implements Edit {
    private static final Table TABLE = Table.read("misspellings.tsv");

    @Override
    public String name() {
        return "spelling";
    }

    @Override
    public String edit(String text) {
        StringBuilder out = new StringBuilder();
        int copied = 0;
        for (int i = 0; i < text.length(); ) {
            char c = text.charAt(i);
            int to = i + 1;
            String corrected = null;
            if (isLatin(c)) {
                while (to < text.length() && isLatin(text.charAt(to))) {
                    to++;
                }
                corrected = english(text, i, to);
            } else if (c >= 0x3040) {
                int end = TABLE.match(text, i);
                if (end > 0) {
                    to = end;
                    corrected = TABLE.words.get(text.substring(i, end));
                }
            }
            if (corrected != null) {
                out.append(text, copied, i).append(corrected);
                copied = to;
            }
            i = to;
        }
        return copied == 0 ? text : out.append(text, copied, text.length()).toString();
    }

    private static boolean isLatin(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c < 0x250 && Character.isLetter(c));
    }

    private static @Nullable String english(String text, int from, int to) {
        if (to - from > TABLE.longest) {
            return null;
        }
        String word = text.substring(from, to);
        String lower = word.toLowerCase(Locale.ROOT);
        String right = TABLE.words.get(lower);
        if (right == null || word.equals(lower)) {
            return right;
        }
        if (word.equals(word.toUpperCase(Locale.ROOT))) {
            return right.toUpperCase(Locale.ROOT);
        }
        boolean capitalized = word.substring(1).equals(lower.substring(1));
        return capitalized ? right.substring(0, 1).toUpperCase(Locale.ROOT) + right.substring(1) : null;
    }

    /** Wrong spellings and right ones. */
    private record Table(Map<String, String> words, Map<Character, int[]> lengths, int longest) {
        static Table read(String resource) {
            Map<String, String> words = new HashMap<>();
            Map<Character, int[]> lengths = new HashMap<>();
            int longest = 0;
            try (InputStream in = Objects.requireNonNull(Misspellings.class.getResourceAsStream(resource))) {
                for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
                    int tab = line.indexOf('\t');
                    if (tab > 0 && line.charAt(0) != '#') {
                        String wrong = line.substring(0, tab);
                        words.put(wrong, line.substring(tab + 1));
                        longest = Math.max(longest, wrong.length());
                        int[] own = lengths.computeIfAbsent(wrong.charAt(0), c -> new int[1]);
                        own[0] |= 1 << Math.min(31, wrong.length());
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new Table(words, lengths, longest);
        }

        /** Where the longest wrong Japanese spelling that begins at {@code from} ends, or -1. */
        int match(String text, int from) {
            int[] own = lengths.get(text.charAt(from));
            if (own == null) {
                return -1;
            }
            for (int length = Math.min(31, text.length() - from); length > 1; length--) {
                if ((own[0] & 1 << length) != 0 && isWhole(text, from, from + length)) {
                    String found = text.substring(from, from + length);
                    if (words.containsKey(found)) {
                        return from + length;
                    }
                }
            }
            return -1;
        }

        private static boolean isWhole(String text, int from, int to) {
            Words.Kind last = Words.kind(text.charAt(to - 1));
            Words.Kind next = to < text.length() ? Words.kind(text.charAt(to)) : Words.Kind.NONE;
            Words.Kind before = from > 0 ? Words.kind(text.charAt(from - 1)) : Words.Kind.NONE;
            return switch (last) {
                case KATAKANA -> next != last && before != last;
                case HIRAGANA -> next != last;
                default -> true;
            };
        }
    }
}
