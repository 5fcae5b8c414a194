package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class BpeTrainerTest {
    private static final String END = "<|endoftext|>";

    @Test
    void equalsReferenceTrainer() throws Exception {
        Path folder = TestData.path("tokenizers/bpe-training-reference");
        TrainedTokenizer trained =
                BpeTrainer.train(List.of(folder.resolve("corpus.en")), BpeTrainer.Config.of(500, List.of(END)));
        List<String> merges = new ArrayList<>();
        trained.merges().forEach(m -> merges.add(m.left() + " " + m.right()));
        assertEquals(Files.readAllLines(folder.resolve("train-bpe-reference-merges.txt")), merges);

        JsonNode vocab =
                new ObjectMapper().readTree(Files.readString(folder.resolve("train-bpe-reference-vocab.json")));
        Map<String, Integer> expected = new TreeMap<>();
        vocab.properties().forEach(e -> expected.put(e.getKey(), e.getValue().asInt()));
        Map<String, Integer> actual = new TreeMap<>();
        for (int id = 0; id < trained.pieces().size(); id++) {
            actual.put(trained.pieces().get(id), id);
        }
        assertEquals(expected, actual);
    }

    /** Counted by hand: "aaab" four times and "ab" once; ties go to the greater pair. */
    @Test
    void mergesMostFrequentPairFirst() {
        TrainedTokenizer trained = BpeTrainer.train("aaab\naaab\naaab\naaab\nab", BpeTrainer.Config.of(259, List.of()));
        assertEquals(
                List.of(new Bpe.Merge("a", "a"), new Bpe.Merge("a", "b"), new Bpe.Merge("aa", "ab")), trained.merges());
    }

    @Test
    void tiesGoToGreaterPair() {
        TrainedTokenizer trained = BpeTrainer.train("ab\ncd", BpeTrainer.Config.of(258, List.of()));
        assertEquals(List.of(new Bpe.Merge("c", "d"), new Bpe.Merge("a", "b")), trained.merges());
    }

    @Test
    void matchesRecountingFromScratch() {
        java.util.Random random = new java.util.Random(7);
        for (int round = 0; round < 50; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 300; i++) {
                text.append("aaabc\n".charAt(random.nextInt(6)));
            }
            TrainedTokenizer trained = BpeTrainer.train(text.toString(), BpeTrainer.Config.of(290, List.of()));
            assertEquals(naiveMerges(text.toString(), trained.merges().size()), trained.merges());
        }
    }

    /** The definition, without any bookkeeping: count all pairs, merge the best, start over. */
    private static List<Bpe.Merge> naiveMerges(String text, int count) {
        List<List<String>> words = new ArrayList<>();
        PreTokenizers.gpt2().split(text, 0, text.length(), true, (t, from, to) -> {
            List<String> word = new ArrayList<>();
            t.substring(from, to).chars().forEach(c -> word.add(c == '\n' ? "Ċ" : String.valueOf((char) c)));
            words.add(word);
        });
        List<Bpe.Merge> merges = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            Map<Bpe.Merge, Integer> counts = new java.util.HashMap<>();
            for (List<String> word : words) {
                for (int i = 0; i + 1 < word.size(); i++) {
                    counts.merge(new Bpe.Merge(word.get(i), word.get(i + 1)), 1, Integer::sum);
                }
            }
            Bpe.Merge best = counts.entrySet().stream()
                    .max(Map.Entry.<Bpe.Merge, Integer>comparingByValue()
                            .thenComparing(e -> e.getKey().left().replace('Ċ', '\n'))
                            .thenComparing(e -> e.getKey().right().replace('Ċ', '\n')))
                    .orElseThrow()
                    .getKey();
            merges.add(best);
            for (List<String> word : words) {
                for (int i = 0; i + 1 < word.size(); i++) {
                    if (word.get(i).equals(best.left()) && word.get(i + 1).equals(best.right())) {
                        word.set(i, best.left() + best.right());
                        word.remove(i + 1);
                    }
                }
            }
        }
        return merges;
    }

    @Test
    void threadsDoNotChangeTheResult() throws Exception {
        List<Path> corpus =
                List.of(TestData.path("corpora/en/tinyshakespeare.txt"), TestData.path("corpora/ja/kokoro.txt"));
        TrainedTokenizer one = BpeTrainer.train(
                corpus, new BpeTrainer.Config(2000, List.of(END), END, END, 2, false, 1, TrainingProgress.SILENT));
        TrainedTokenizer four = BpeTrainer.train(
                corpus, new BpeTrainer.Config(2000, List.of(END), END, END, 2, false, 4, TrainingProgress.SILENT));
        assertEquals(one.json(), four.json());
        assertEquals(2000, one.pieces().size());
    }

    /** One word of a megabyte: the cost of a merge may not grow with the length of the words it occurs in. */
    @Test
    void longWordIsLinear() {
        java.util.Random random = new java.util.Random(3);
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < 1_000_000; i++) {
            word.append("acgt".charAt(random.nextInt(4)));
        }
        long start = System.nanoTime();
        TrainedTokenizer trained = BpeTrainer.train(word.toString(), BpeTrainer.Config.of(2000, List.of()));
        assertEquals(2000, trained.pieces().size());
        assertTrue(System.nanoTime() - start < 30_000_000_000L);
    }

    @Test
    void rustLibraryLoadsAndAgrees(@TempDir Path folder) throws Exception {
        List<Path> corpus =
                List.of(TestData.path("corpora/en/tinyshakespeare.txt"), TestData.path("corpora/ja/gingatetsudou.txt"));
        BpeTrainer.train(corpus, BpeTrainer.Config.of(4000, List.of(END))).write(folder);
        UnigramTrainerTest.agrees(folder, List.of("en", "ja"), true);
    }

    @Test
    void stopsBelowMinFrequency() {
        BpeTrainer.Config config =
                new BpeTrainer.Config(1000, List.of(), null, null, 2, false, 1, TrainingProgress.SILENT);
        assertEquals(
                List.of(new Bpe.Merge("a", "b")),
                BpeTrainer.train("ab\nab\ncd", config).merges());
    }

    @Test
    void rejectsImpossibleConfig() {
        assertThrows(IllegalArgumentException.class, () -> BpeTrainer.Config.of(255, List.of()));
        assertThrows(IllegalArgumentException.class, () -> BpeTrainer.Config.of(300, List.of("x", "x")));
        assertThrows(IllegalArgumentException.class, () -> BpeTrainer.Config.of(300, List.of("")));
    }
}
