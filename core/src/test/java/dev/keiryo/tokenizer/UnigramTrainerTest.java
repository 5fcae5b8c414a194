package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnigramTrainerTest {
    private static UnigramTrainer.Config config(int vocabulary, boolean bytes, int threads) {
        return new UnigramTrainer.Config(
                vocabulary,
                List.of("<s>", "</s>"),
                "<s>",
                "</s>",
                0.9995,
                bytes,
                false,
                16,
                threads,
                TrainingProgress.SILENT);
    }

    @Test
    void learnsTheWordsOfALanguage() {
        String[] words = {"tok", "mira", "selu", "vankor"};
        java.util.Random random = new java.util.Random(1);
        StringBuilder corpus = new StringBuilder();
        for (int i = 0; i < 4000; i++) {
            corpus.append(words[random.nextInt(4)]);
            corpus.append(i % 7 == 0 ? '\n' : ' ');
        }
        TrainedTokenizer trained = UnigramTrainer.train(corpus.toString(), config(21, false, 2));
        assertTrue(
                trained.pieces().containsAll(List.of("▁tok", "▁mira", "▁selu", "▁vankor")),
                trained.pieces().toString());
        assertEquals(List.of("<unk>", "<s>", "</s>"), trained.pieces().subList(0, 3));
    }

    /** ψ(1) = -γ, ψ(1/2) = -γ - 2 ln 2, ψ(10) from Abramowitz and Stegun, table 6.1. */
    @Test
    void digamma() {
        double gamma = 0.5772156649015329;
        assertEquals(-gamma, UnigramEstimation.digamma(1), 1e-9);
        assertEquals(-gamma - 2 * Math.log(2), UnigramEstimation.digamma(0.5), 1e-9);
        assertEquals(2.2517525890, UnigramEstimation.digamma(10), 1e-9);
    }

    /** All segmentations of a short word, written out. */
    @Test
    void latticeEqualsEnumeration() {
        List<String> pieces = List.of("a", "ab", "abc", "b", "bc", "c");
        double[] scores = {-1, -1.5, -4, -2, -2.5, -1.2};
        UnigramLattice lattice = new UnigramLattice(new PieceTrie(pieces, i -> true), scores);
        lattice.set("abc");
        double[] paths = {scores[0] + scores[3] + scores[5], scores[0] + scores[4], scores[1] + scores[5], scores[2]};
        double sum = Arrays.stream(paths).map(Math::exp).sum();
        double[] expected = {
            (Math.exp(paths[0]) + Math.exp(paths[1])) / sum,
            Math.exp(paths[2]) / sum,
            Math.exp(paths[3]) / sum,
            Math.exp(paths[0]) / sum,
            Math.exp(paths[1]) / sum,
            (Math.exp(paths[0]) + Math.exp(paths[2])) / sum
        };
        double[] posterior = new double[6];
        assertEquals(Math.log(sum), lattice.expect((piece, p) -> posterior[piece] += p), 1e-12);
        assertArrayEquals(expected, posterior, 1e-12);
        assertArrayEquals(new int[] {5, 1}, lattice.best(true));
        lattice.set("ab");
        assertArrayEquals(new int[] {1}, lattice.best(true));
        assertArrayEquals(new int[] {3, 0}, lattice.best(false));
    }

    /** Every substring counted one by one, against the suffix sort. */
    @Test
    void seedsEqualCountingSubstrings() {
        java.util.Random random = new java.util.Random(5);
        Map<String, Long> words = new java.util.TreeMap<>();
        for (int i = 0; i < 60; i++) {
            StringBuilder word = new StringBuilder("▁");
            for (int n = random.nextInt(12); n >= 0; n--) {
                word.append("abc".charAt(random.nextInt(3)));
            }
            words.put(word.toString(), 1L + random.nextInt(5));
        }
        Map<String, Long> counts = new java.util.HashMap<>();
        words.forEach((word, n) -> {
            for (int from = 0; from < word.length(); from++) {
                for (int to = from + 1; to <= Math.min(word.length(), from + 6); to++) {
                    counts.merge(word.substring(from, to), n, Long::sum);
                }
            }
        });
        List<UnigramSeeds.Seed> seeds;
        try (var pool = new java.util.concurrent.ForkJoinPool(2)) {
            seeds = new UnigramSeeds(words, new HashSet<>(List.of((int) '▁', (int) 'a', (int) 'b', (int) 'c')), 6)
                    .find(1_000_000, pool);
        }
        Map<String, Long> found = new java.util.HashMap<>();
        seeds.forEach(seed -> found.put(seed.text(), seed.count()));
        found.forEach((text, count) -> assertEquals(counts.get(text), count, text));
        // whatever is not there can be made longer without occurring less often
        counts.forEach((text, count) -> {
            if (text.length() > 1 && count > 1 && !found.containsKey(text)) {
                assertTrue(
                        List.of("a", "b", "c").stream().anyMatch(c -> count.equals(counts.get(text + c))),
                        text + " " + count);
            }
        });
    }

    @Test
    void threadsDoNotChangeTheResult() throws IOException {
        List<Path> corpus = List.of(
                TestData.path("tokenizers/bpe-training-reference/corpus.en"), TestData.path("corpora/ja/tyuumon.txt"));
        String one = UnigramTrainer.train(corpus, config(2500, true, 1)).json();
        String three = UnigramTrainer.train(corpus, config(2500, true, 3)).json();
        assertEquals(one, three);
    }

    /**
     * SentencePiece 0.1.97 ({@code spm_train --vocab_size=4000 --normalization_rule_name=identity}) on the first 900000
     * bytes of the file reaches -433844 (natural logarithm, all segmentations) and 67358 tokens on its last 215000.
     */
    @Test
    void heldOutTextIsAsLikelyAsWithSentencePiece() throws IOException {
        byte[] text = Files.readAllBytes(TestData.path("corpora/en/tinyshakespeare.txt"));
        TrainedTokenizer trained =
                UnigramTrainer.train(new String(text, 0, 900_000, StandardCharsets.UTF_8), config(4000, false, 2));
        String heldOut = new String(text, text.length - 215_000, 215_000, StandardCharsets.UTF_8);
        double[] scores = trained.scores();
        PieceTrie trie = new PieceTrie(trained.pieces(), id -> scores[id] < 0);
        UnigramLattice lattice = new UnigramLattice(trie, scores);
        double likelihood = 0;
        int tokens = 0;
        for (String line : heldOut.lines().toList()) {
            for (String word : line.strip().split(" +", -1)) {
                lattice.set("▁" + word);
                likelihood += word.isEmpty() ? 0 : lattice.expect((piece, p) -> {});
                tokens += word.isEmpty() ? 0 : lattice.best(true).length;
            }
        }
        assertTrue(likelihood > 1.01 * -433844, "log-likelihood " + likelihood);
        assertTrue(tokens < 1.01 * 67358, tokens + " tokens");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void rustLibraryLoadsAndAgrees(boolean byteFallback, @TempDir Path folder) throws IOException {
        TrainedTokenizer trained = UnigramTrainer.train(
                List.of(TestData.path("corpora/ja/gingatetsudou.txt"), TestData.path("corpora/en/tinyshakespeare.txt")),
                config(6000, byteFallback, 2));
        trained.write(folder);
        assertTrue(Files.exists(folder.resolve("tokenizer_config.json")));
        agrees(folder, List.of("en", "ja"), byteFallback);
    }

    /** Encodes all lines with both, and gives them back where nothing can be unknown. */
    static void agrees(Path folder, List<String> corpora, boolean reversible) throws IOException {
        Tokenizer ours = TokenizerJson.read(folder.resolve("tokenizer.json"));
        try (RustTokenizer theirs = RustTokenizer.read(folder.resolve("tokenizer.json"))) {
            for (String corpus : corpora) {
                List<String> lines = List.copyOf(new LinkedHashSet<>(Vocabularies.lines(corpus)));
                int[][] expected = theirs.encode(lines, false);
                for (int i = 0; i < lines.size(); i++) {
                    int[] ids = ours.encode(lines.get(i), SpecialTokens.PARSED, false);
                    assertArrayEquals(expected[i], ids, lines.get(i));
                    if (reversible) {
                        assertEquals(lines.get(i), ours.decode(ids, true));
                    }
                }
            }
        }
    }

    @Test
    void rejectsImpossibleConfig() {
        assertThrows(IllegalArgumentException.class, () -> UnigramTrainer.train("abcdef", config(5, false, 1)));
        assertThrows(IllegalArgumentException.class, () -> config(100, false, 0));
    }

    @Test
    void emptyCorpusGivesReservedPieces() {
        assertThrows(IllegalArgumentException.class, () -> UnigramTrainer.train("", config(3, false, 1)));
        assertEquals(3, UnigramTrainer.train("", config(10, false, 1)).pieces().size());
    }
}
