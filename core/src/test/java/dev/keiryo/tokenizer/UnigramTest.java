package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Segmentations of small vocabularies, worked out by hand. */
class UnigramTest {
    private static int[] encode(TokenModel model, String text) {
        IntSequence out = new IntSequence();
        model.encode(text, 0, text.length(), out);
        return out.toArray();
    }

    @Test
    void highestSumWins() {
        Unigram model =
                new Unigram(List.of("<unk>", "a", "b", "ab", "abb"), new double[] {0, -1, -2, -2.5, -6}, 0, false);
        assertArrayEquals(new int[] {3, 2}, encode(model, "abb")); // -4.5, against -5 and -6
        assertArrayEquals(new int[] {1, 3}, encode(model, "aab"));
        assertArrayEquals(new int[] {}, encode(model, ""));
    }

    @Test
    void unknownCostsTenMoreThanTheRarest() {
        // p alone is unknown: [p] qrs is -(a + 10) - 1, pq rs is -2a
        List<String> pieces = List.of("<unk>", "pq", "rs", "qrs");
        assertArrayEquals(
                new int[] {0, 3}, encode(new Unigram(pieces, new double[] {0, -11.5, -11.5, -1}, 0, false), "pqrs"));
        assertArrayEquals(
                new int[] {1, 2}, encode(new Unigram(pieces, new double[] {0, -10.5, -10.5, -1}, 0, false), "pqrs"));
    }

    @Test
    void byteFallbackNeedsAllBytes() {
        List<String> pieces = new ArrayList<>(List.of("<unk>", "a"));
        double[] few = {0, -1};
        assertArrayEquals(new int[] {0}, encode(new Unigram(pieces, few, 0, true), "é"));
        for (int b = 0; b < 256; b++) {
            pieces.add(String.format("<0x%02X>", b));
        }
        double[] scores = new double[258];
        scores[1] = -1;
        Unigram model = new Unigram(pieces, scores, id -> id < 2, 0, true);
        assertArrayEquals(new int[] {1, 2 + 0xC3, 2 + 0xA9, 1}, encode(model, "aéa"));
        assertArrayEquals(new int[] {2 + 0xF0, 2 + 0x9F, 2 + 0x99, 2 + 0x82}, encode(model, "🙂"));
    }

    @Test
    void unknownsFuseOrVanish() {
        List<String> pieces = List.of("<unk>", "a");
        assertArrayEquals(new int[] {0, 1, 0}, encode(new Unigram(pieces, new double[] {0, -1}, 0, false), "日本a🙂🙂"));
        assertArrayEquals(new int[] {1}, encode(new Unigram(pieces, new double[] {0, -1}, null, false), "日本a🙂🙂"));
        assertThrows(IllegalArgumentException.class, () -> new Unigram(pieces, new double[] {0, -1}, 2, false));
    }

    @Test
    void wordPieceTakesTheLongest() {
        WordPiece model =
                new WordPiece(List.of("[UNK]", "un", "##aff", "##able", "unaff", "##a", "a"), "[UNK]", "##", 10);
        assertArrayEquals(new int[] {4, 3}, encode(model, "unaffable"));
        assertArrayEquals(new int[] {6, 5, 2}, encode(model, "aaaff"));
        assertArrayEquals(new int[] {0}, encode(model, "unaffx"));
        assertArrayEquals(new int[] {6, 5, 5, 5, 5, 5, 5, 5, 5, 5}, encode(model, "a".repeat(10)));
        assertArrayEquals(new int[] {0}, encode(model, "a".repeat(11)));
        assertThrows(IllegalArgumentException.class, () -> new WordPiece(List.of("a"), "[UNK]", "##", 10));
    }
}
