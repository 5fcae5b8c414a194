package dev.keiryo.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.kernel.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Duplicates are found, and nothing else. */
class DuplicatesTest {
    @TempDir
    private Path folder = Path.of("");

    /** The texts left of {@code texts}. */
    private List<String> left(String filters, List<String> texts) throws IOException {
        try (Workers workers = new Workers(2);
                CleaningRun run = Pipeline.parse(filters, 3).open(folder, workers)) {
            List<String> left = new ArrayList<>();
            for (int from = 0; from < texts.size(); from += 7) { // in several goes
                List<Document> documents = new ArrayList<>();
                for (int i = from; i < Math.min(texts.size(), from + 7); i++) {
                    documents.add(new Document(texts.get(i), "f", i + 1));
                }
                run.clean(documents).forEach(d -> left.add(d.text()));
            }
            return left;
        }
    }

    @Test
    void exactDuplicatesDifferInSignsAlone() throws IOException {
        assertEquals(
                List.of("Hello, world!", "Hello, worlds!", "ガラスの猫", "ガラスノ猫", "!!!", "???"),
                left(
                        "exact",
                        List.of(
                                "Hello, world!",
                                "hello world",
                                "Hello, worlds!",
                                "ＨＥＬＬＯ\n  (World)",
                                "ガラスの猫",
                                "ｶﾞﾗｽの猫。",
                                "ガラスノ猫",
                                "!!!",
                                "???",
                                "!!!")));
    }

    @Test
    void shinglesAreWordsOrCharacters() {
        assertEquals(1, MinHash.shingles("").length);
        assertEquals(1, MinHash.shingles("one two").length);
        assertEquals(2, MinHash.shingles("one two, three four FIVE six").length);
        assertEquals(1, MinHash.shingles("a a a a a a a a").length);
        assertEquals(3, MinHash.shingles("吾輩は猫であ").length + 1);
        assertEquals(
                1.0,
                MinHash.jaccard(
                        MinHash.shingles("one two three four five six"),
                        MinHash.shingles("One, two; three: four - five. SIX!")));
        // {a b c d e}, {b c d e f} and {b c d e f}, {c d e f g}: one of three
        assertEquals(1.0 / 3, MinHash.jaccard(MinHash.shingles("a b c d e f"), MinHash.shingles("b c d e f g")), 1e-12);
    }

    @Test
    void estimatesAreNearJaccard() {
        Random random = new Random(1);
        MinHash hash = new MinHash(NearDuplicates.FUNCTIONS, 5);
        double squares = 0;
        double bias = 0;
        int n = 0;
        for (int round = 0; round < 200; round++) {
            int common = random.nextInt(1, 300);
            int own = random.nextInt(0, 200);
            int[] all = random.ints().distinct().limit(common + 2L * own).toArray();
            int[] a = IntStream.range(0, common + own).map(i -> all[i]).sorted().toArray();
            int[] b = IntStream.range(own, common + 2 * own)
                    .map(i -> all[i])
                    .sorted()
                    .toArray();
            Set<Integer> union = new HashSet<>();
            IntStream.of(a).forEach(union::add);
            Set<Integer> both = new HashSet<>(union);
            Set<Integer> second = new HashSet<>();
            IntStream.of(b).forEach(second::add);
            both.retainAll(second);
            union.addAll(second);
            double exact = (double) both.size() / union.size();
            assertEquals(exact, MinHash.jaccard(a, b), 1e-12);
            double error = MinHash.estimate(hash.signature(a), hash.signature(b)) - exact;
            double deviation = Math.sqrt(Math.max(exact * (1 - exact), 1e-9) / NearDuplicates.FUNCTIONS);
            assertTrue(Math.abs(error) <= 5 * deviation, exact + " but " + error);
            if (exact < 0.99) {
                squares += error * error / (deviation * deviation);
                bias += error / deviation;
                n++;
            }
        }
        assertEquals(1, squares / n, 0.35); // the standard error is what theory says
        assertEquals(0, bias / n, 0.3);
    }

    @Test
    void rowsOfBandsFollowFromTheThreshold() {
        assertEquals(5, new NearDuplicates(0.8, 0).rows());
        assertEquals(128, new NearDuplicates(1, 0).rows());
        assertTrue(new NearDuplicates(0.3, 0).rows() < 3);
    }

    @Test
    void plantedNearDuplicatesAreFoundAndNothingElse() throws IOException {
        for (String name : List.of("en/sherlock-holmes.txt", "ja/neko.txt")) {
            String whole = Files.readString(TestData.path("corpora/" + name)).replaceAll("\\s+", " ");
            boolean spaced = name.startsWith("en");
            int size = spaced ? 1200 : 400;
            Random random = new Random(7);
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                texts.add(whole.substring(i * size, (i + 1) * size));
            }
            List<String> all = new ArrayList<>(texts);
            List<String> planted = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                String copy = changed(texts.get(i), 1 + random.nextInt(3), spaced, random);
                double similarity = MinHash.jaccard(MinHash.shingles(texts.get(i)), MinHash.shingles(copy));
                assertTrue(similarity > 0.8, "similarity " + similarity);
                planted.add(copy);
            }
            for (int i = 60; i < 80; i++) {
                String copy = changed(texts.get(i), 40, spaced, random);
                assertTrue(MinHash.jaccard(MinHash.shingles(texts.get(i)), MinHash.shingles(copy)) < 0.8);
                all.add(copy);
            }
            List<String> expected = List.copyOf(all);
            all.addAll(planted);
            assertEquals(expected, left("near", all), name);
        }
    }

    /** With some words, or characters, replaced. */
    private static String changed(String text, int changes, boolean spaced, Random random) {
        if (spaced) {
            String[] words = text.split(" ", -1);
            for (int i = 0; i < changes; i++) {
                words[random.nextInt(words.length)] = "changed" + random.nextInt(1000);
            }
            return String.join(" ", words);
        }
        StringBuilder out = new StringBuilder(text);
        for (int i = 0; i < changes; i++) {
            out.setCharAt(random.nextInt(out.length()), (char) ('あ' + random.nextInt(60)));
        }
        return out.toString();
    }

    @Test
    void manyAlikeTakeLittleTime() throws IOException {
        // all share bands with all, none is near any
        Random random = new Random(2);
        String common = IntStream.range(0, 100).mapToObj(i -> "word" + i).reduce("", (a, b) -> a + " " + b);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 1500; i++) {
            StringBuilder text = new StringBuilder(common);
            for (int w = 0; w < 40; w++) {
                text.append(" own").append(random.nextInt());
            }
            texts.add(text.toString());
        }
        long begin = System.nanoTime();
        assertEquals(texts.size(), left("near=0.9", texts).size());
        assertTrue(System.nanoTime() - begin < 10e9);
    }
}
