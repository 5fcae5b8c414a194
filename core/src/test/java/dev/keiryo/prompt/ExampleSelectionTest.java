package dev.keiryo.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExampleSelectionTest {
    private static final List<Example> EXAMPLES = List.of(
            Example.of("How tall is the Eiffel Tower?", "330 m"),
            Example.of("How tall is the tower of Pisa?", "57 m"),
            Example.of("Who wrote Faust?", "Goethe"),
            Example.of("Who wrote Kokoro?", "Sōseki"),
            Example.of("How tall is the tower of Pisa", "57 m"));

    private static List<String> outputs(ExampleSelection selection, String input) {
        return selection.select(EXAMPLES, input).stream().map(Example::output).toList();
    }

    @Test
    void theFirst() {
        assertEquals(List.of("330 m", "57 m"), outputs(new ExampleSelection.First(2), "whatever"));
        assertEquals(EXAMPLES, ExampleSelection.all().select(EXAMPLES, "whatever"));
    }

    @Test
    void theNearestComeLast() {
        for (Similarity similarity : List.of(Similarity.BM25, Similarity.OVERLAP)) {
            ExampleSelection nearest = new ExampleSelection.Nearest(2, similarity);
            assertEquals(List.of("Goethe", "Sōseki"), outputs(nearest, "Who wrote Kokoro and Botchan?"));
            assertEquals(List.of("57 m", "330 m"), outputs(nearest, "the Eiffel Tower, how tall?"));
        }
    }

    /** The third question is the second's twin: relevance takes both, diversity does not. */
    @Test
    void diverseExamplesAreNotTwins() {
        String input = "How tall is the leaning tower of Pisa?";
        assertEquals(List.of("57 m", "57 m"), outputs(new ExampleSelection.Nearest(2, Similarity.BM25), input));
        List<String> diverse = outputs(new ExampleSelection.Diverse(2, 0.5, Similarity.BM25), input);
        assertEquals("57 m", diverse.getLast());
        assertNotEquals("57 m", diverse.getFirst());
        assertEquals(List.of("57 m", "57 m"), outputs(new ExampleSelection.Diverse(2, 1, Similarity.BM25), input));
    }

    @Test
    void drawsAreSeededAndWithoutReplacement() {
        assertEquals(outputs(new ExampleSelection.Drawn(3, 7), ""), outputs(new ExampleSelection.Drawn(3, 7), "else"));
        int[] counts = new int[EXAMPLES.size()];
        for (int seed = 0; seed < 2000; seed++) {
            List<Example> drawn = new ExampleSelection.Drawn(2, seed).select(EXAMPLES, "");
            assertEquals(2, new HashSet<>(drawn).size());
            drawn.forEach(e -> counts[EXAMPLES.indexOf(e)]++);
        }
        for (int count : counts) { // 800 expected, standard deviation 22
            assertEquals(800, count, 110);
        }
    }

    /** By hand: N 3, mean length 2; idf(a) = ln(1 + 1.5/2.5) with n(a) = 2, idf(c) = ln(1 + 2.5/1.5) with n(c) = 1. */
    @Test
    void bm25ByHand() {
        double a = Math.log(1 + 1.5 / 2.5);
        double c = Math.log(1 + 2.5 / 1.5);
        // Length 2 is the mean, so the denominator is f + 1.2.
        double self = (a + c) * 2.2 / 2.2;
        double[] expected = {
            a * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 3 / 2)) / self,
            a * 2 * 2.2 / (2 + 1.2) / self,
            c * 2.2 / (1 + 1.2 * (0.25 + 0.75 / 2)) / self
        };
        assertArrayEquals(expected, Similarity.BM25.scores("A c!", List.of("a b b", "a, a", "c")), 1e-12);
    }

    @Test
    void similaritiesAreBetweenNothingAndOne() {
        List<String> texts = List.of("", "...", "the cat", "東京都の天気", "東京の天気は晴れ", "ＡＢＣ abc");
        for (Similarity similarity : List.of(Similarity.BM25, Similarity.OVERLAP)) {
            for (int i = 0; i < texts.size(); i++) {
                double[] scores = similarity.scores(texts.get(i), texts);
                for (double score : scores) {
                    assertTrue(score >= 0 && score <= 1, texts.get(i) + " " + score);
                }
                assertEquals(i < 2 ? 0 : 1, scores[i], similarity == Similarity.BM25 && i > 1 ? 0.25 : 0);
            }
            assertEquals(0, similarity.scores("abc", List.of("xyz"))[0]);
        }
        double[] japanese = Similarity.BM25.scores("東京の天気", List.of("大阪の地図", "東京の天気は？"));
        assertTrue(japanese[1] > 2 * japanese[0], japanese[0] + " " + japanese[1]);
    }

    @Test
    void countsAndWeightsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> new ExampleSelection.First(-1));
        assertThrows(IllegalArgumentException.class, () -> new ExampleSelection.Diverse(1, 1.5, Similarity.BM25));
        assertThrows(IllegalArgumentException.class, () -> new Bm25(0, 0.5));
        assertEquals(
                0,
                IntStream.of(outputs(new ExampleSelection.Nearest(0, Similarity.BM25), "x")
                                .size())
                        .sum());
    }
}
