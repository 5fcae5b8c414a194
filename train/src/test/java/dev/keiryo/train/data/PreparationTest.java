package dev.keiryo.train.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerFiles;
import dev.keiryo.tokenizer.TrainingProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** From files to tokens and a card. */
class PreparationTest {
    @TempDir
    private Path folder = Path.of("");

    private static @Nullable Tokenizer opened;

    private static Tokenizer tokenizer() throws IOException {
        Tokenizer tokenizer = opened;
        if (tokenizer == null) {
            tokenizer = TokenizerFiles.open(TestData.path("tokenizers/gpt2"));
            opened = tokenizer;
        }
        return tokenizer;
    }

    private DataCard prepare(String out, int threads, String filters, double validation, String... sources)
            throws IOException {
        PreparationOptions options = new PreparationOptions(
                ReadOptions.DEFAULT.withUnit(TextUnit.PARAGRAPH),
                Pipeline.parse(filters, 1),
                validation,
                1,
                threads,
                Tokenizer.SpecialTokens.LITERAL,
                List.of(PreparationOptions.Licence.parse("*shakespeare*=public domain")));
        return Preparation.run(
                SourceFiles.find(List.of(sources)),
                options,
                tokenizer(),
                "gpt2",
                folder.resolve(out),
                TrainingProgress.SILENT);
    }

    private List<String> texts(String out, String part) throws IOException {
        Tokenizer tokenizer = tokenizer();
        List<String> texts = new ArrayList<>();
        try (TokenFile file = TokenFile.open(folder.resolve(out).resolve(part))) {
            file.require(tokenizer);
            for (long d = 0; d < file.documents(); d++) {
                int[] ids = new int[(int) (file.start(d + 1) - file.start(d))];
                for (int i = 0; i < ids.length; i++) {
                    ids[i] = file.id(file.start(d) + i);
                }
                texts.add(tokenizer.decode(ids, true));
            }
        }
        return texts;
    }

    @Test
    void tokensAreTheSourcesText() throws IOException {
        String source = TestData.path("corpora/en/tinyshakespeare.txt").toString();
        DataCard card = prepare("one", 2, "none", 0.05, source);
        List<String> train = texts("one", Preparation.TRAIN);
        List<String> validation = texts("one", Preparation.VALIDATION);
        List<String> paragraphs = Stream.of(Files.readString(Path.of(source)).split("\n(?:[ \t]*\n)+", -1))
                .map(p -> p.replaceAll("\n+$", ""))
                .filter(p -> !p.isBlank())
                .toList();
        assertEquals(paragraphs.size(), train.size() + validation.size());
        assertEquals(card.train().documents(), train.size());
        assertEquals(0.05, (double) validation.size() / paragraphs.size(), 0.01);
        List<String> all = new ArrayList<>();
        int t = 0;
        int v = 0;
        for (String paragraph : paragraphs) { // each set is in the order of the source
            if (Preparation.isValidation(paragraph, 0.05, 1)) {
                all.add(validation.get(v++));
            } else {
                all.add(train.get(t++));
            }
        }
        assertEquals(paragraphs, all);
        assertEquals("public domain", card.sources().getFirst().licence());
    }

    @Test
    void threadsChangeNothingAndMoreDataMovesNoDocument() throws IOException {
        Path more = folder.resolve("more.txt");
        String kokoro = Files.readString(TestData.path("corpora/ja/kokoro.txt"));
        Files.writeString(more, kokoro.substring(0, 60_000).replace("\n", "\n\n"));
        Path little = folder.resolve("little.txt");
        Files.writeString(little, kokoro.substring(0, 30_000).replace("\n", "\n\n"));
        String filters = Pipeline.USUAL;
        prepare("a", 1, filters, 0.2, more.toString());
        prepare("b", 3, filters, 0.2, more.toString());
        for (String name : List.of(Preparation.TRAIN, Preparation.VALIDATION, Preparation.CARD_MARKDOWN)) {
            assertArrayEquals(
                    Files.readAllBytes(folder.resolve("a").resolve(name)),
                    Files.readAllBytes(folder.resolve("b").resolve(name)),
                    name);
        }
        prepare("c", 2, filters, 0.2, little.toString());
        assertTrue(texts("a", Preparation.VALIDATION)
                .containsAll(texts("c", Preparation.VALIDATION).stream()
                        .filter(text -> kokoro.substring(0, 29_000).contains(text))
                        .toList()));
        assertTrue(texts("c", Preparation.VALIDATION).stream().noneMatch(texts("a", Preparation.TRAIN)::contains));
    }

    @Test
    void theCardCountsEachStep() throws IOException {
        Path file = folder.resolve("mixed.txt");
        Files.writeString(
                file,
                String.join(
                        "\n\n",
                        "The quick brown fox jumps over the lazy dog, and then it goes home to its den in the woods.",
                        "the quick brown fox jumps over the lazy dog and then it goes home to its den in the woods",
                        "Write to me at someone@example.com or call 03-1234-5678 when you have read this letter, please.",
                        "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
                        "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison.",
                        "say it again\nsay it again\nsay it again\nsay it again",
                        "Advertisement"));
        DataCard card = prepare("out", 2, Pipeline.USUAL, 0, file.toString());
        assertEquals(3, card.train().documents(), DataCardText.markdown(card));
        assertEquals(0, card.validation().documents());
        Map<String, Map<String, Long>> dropped = new HashMap<>();
        Map<String, Long> changed = new HashMap<>();
        long before = 7;
        for (StepCounts step : card.steps()) {
            dropped.put(step.step(), step.reasons());
            changed.put(step.step(), step.changed());
            assertEquals(before, step.documentsBefore(), step.step());
            assertEquals(
                    before - step.reasons().values().stream().mapToLong(n -> n).sum(), step.documentsAfter());
            before = step.documentsAfter();
        }
        assertEquals(Map.of("duplicate", 1L), dropped.get("exact"));
        assertEquals(Map.of("repeated lines", 1L), dropped.get("repetition"));
        assertEquals(1L, changed.get("pii"));
        String train = String.join("\n", texts("out", Preparation.TRAIN));
        assertTrue(train.contains("<EMAIL>") && train.contains("<PHONE>") && !train.contains("someone@"), train);
        JsonNode json = JsonMapper.shared().readTree(Files.readString(folder.resolve("out/card.json")));
        assertEquals(10, json.get("steps").size());
        assertEquals(7, json.at("/sources/0/documents").asInt());
        assertEquals(card.train().tokens(), json.at("/train/tokens").asLong());
        assertEquals(
                Pipeline.USUAL
                        .replace("language", "language=en+ja")
                        .replace("length", "length=1..")
                        .replace("near", "near=0.8"),
                json.at("/options/filters").asString());
        String markdown = Files.readString(folder.resolve("out/card.md"));
        assertTrue(markdown.contains("not given") && markdown.contains("duplicate: 1"), markdown);
        assertFalse(markdown.contains("someone@") || json.toString().contains("someone@"), markdown);
        try (Stream<Path> files = Files.list(folder.resolve("out"))) {
            assertEquals(4, files.count());
        }
    }

    @Test
    void aBrokenSourceLeavesWhatWasThere() throws IOException {
        Path bad = folder.resolve("bad.jsonl");
        Files.writeString(bad, "{\"text\":\"fine\"}\n{\"text\":\n");
        Path out = Files.createDirectories(folder.resolve("out"));
        Files.writeString(out.resolve(Preparation.TRAIN), "old");
        assertThrows(FormatException.class, () -> prepare("out", 2, "near", 0.1, bad.toString()));
        assertEquals("old", Files.readString(out.resolve(Preparation.TRAIN)));
        try (Stream<Path> files = Files.list(out)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void nothingLeftIsNoError() throws IOException {
        Path file = Files.writeString(folder.resolve("e.txt"), "\n\n  \n");
        DataCard card = prepare("out", 2, Pipeline.USUAL, 0.1, file.toString());
        assertEquals(0, card.train().documents());
        Path emptied = Files.writeString(folder.resolve("f.txt"), "Advertisement");
        assertEquals(
                1, prepare("out", 2, "boilerplate", 0.1, emptied.toString()).empty());
    }
}
