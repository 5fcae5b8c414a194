package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Merging against its definition, and the options that few real files use. */
final class BpeTest {
    private static final Bpe.Options PLAIN = new Bpe.Options(Bpe.Symbols.CHARACTERS, false, false, false, null, "", "");

    private static int[] encode(Bpe bpe, String text) {
        IntSequence out = new IntSequence();
        bpe.encode(text, 0, text.length(), out);
        return out.toArray();
    }

    private static Bpe.Merge merge(String left, String right) {
        return new Bpe.Merge(left, right);
    }

    /** Again and again the lowest pair, by looking at all of them. */
    private static List<String> naive(String text, Map<String, Integer> ranks) {
        List<String> parts =
                new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
        while (true) {
            int best = -1;
            int lowest = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < parts.size(); i++) {
                Integer rank = ranks.get(parts.get(i) + " " + parts.get(i + 1));
                if (rank != null && rank < lowest) {
                    lowest = rank;
                    best = i;
                }
            }
            if (best < 0) {
                return parts;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
    }

    @Test
    void equalsTheDefinitionOnRandomMergesAndTexts() throws FormatException {
        Random random = new Random(7);
        for (int round = 0; round < 60; round++) {
            List<String> pieces = new ArrayList<>(List.of("a", "b", "é", "漢"));
            List<Bpe.Merge> merges = new ArrayList<>();
            Map<String, Integer> ranks = new HashMap<>();
            for (int i = 0; i < 40; i++) {
                String left = pieces.get(random.nextInt(pieces.size()));
                String right = pieces.get(random.nextInt(pieces.size()));
                if (left.length() + right.length() <= 12
                        && ranks.putIfAbsent(left + " " + right, merges.size()) == null) {
                    merges.add(merge(left, right));
                    if (!pieces.contains(left + right)) {
                        pieces.add(left + right);
                    }
                }
            }
            Bpe characters = Bpe.ofMerges("test", pieces.toArray(new String[0]), merges, PLAIN);
            for (int length : new int[] {1, 2, 5, 30, 95, 96, 97, 98, 400}) {
                StringBuilder text = new StringBuilder();
                for (int i = 0; i < length; i++) {
                    text.append(pieces.get(random.nextInt(4)));
                }
                List<String> got = new ArrayList<>();
                for (int id : encode(characters, text.toString())) {
                    got.add(pieces.get(id));
                }
                assertEquals(naive(text.toString(), ranks), got);
            }
        }
    }

    @Test
    void scoresAndRanksImplyTheirMerges() throws FormatException {
        Bpe spm = Bpe.ofScores(
                "test",
                new String[] {"<unk>", "a", "b", "ab", "bc", "abc"},
                new float[] {Float.NaN, -9, -9, -2, -1, -3},
                0);
        // c is no entry, but bc is, and scores higher than ab
        assertArrayEquals(new int[] {5}, encode(spm, "abc"));
        assertArrayEquals(new int[] {3, 1}, encode(spm, "aba"));
        assertArrayEquals(new int[] {1, 0, 1}, encode(spm, "acca"));
        byte[] @Nullable [] ranks = {bytes("a"), bytes("b"), bytes("bb"), bytes("ab"), null, bytes("zz")};
        Bpe tiktoken = Bpe.ofRanks("test", ranks);
        assertArrayEquals(new int[] {0, 2}, encode(tiktoken, "abb"));
        assertArrayEquals(new int[] {5}, encode(tiktoken, "zz"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void prefixSuffixUnknownAndBytes() throws FormatException {
        Bpe marked = Bpe.ofMerges(
                "test",
                new String[] {"<unk>", "a", "##b", "##c</w>", "a##b", "ab", "abc</w>", "<0xC3>", "<0xA9>"},
                List.of(merge("a", "##b"), merge("ab", "##c</w>")),
                new Bpe.Options(Bpe.Symbols.CHARACTERS, false, true, true, "<unk>", "##", "</w>"));
        assertArrayEquals(new int[] {6}, encode(marked, "abc"));
        assertArrayEquals(new int[] {5, 7, 8, 0}, encode(marked, "abé漢"));
        assertArrayEquals(new int[] {1, 0}, encode(marked, "azzz"));
    }

    @Test
    void missingEntriesAreNamed() {
        FormatException e = assertThrows(
                FormatException.class,
                () -> Bpe.ofMerges("test", new String[] {"a", "b"}, List.of(merge("a", "b")), PLAIN));
        assertEquals("test: merge 0 needs \"ab\", which is not in the vocabulary", e.getMessage());
    }
}
