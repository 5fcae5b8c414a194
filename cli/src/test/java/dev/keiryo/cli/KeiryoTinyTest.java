package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.piped;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.chat.ChatTemplate;
import dev.keiryo.train.primer.ChatFormat;
import dev.keiryo.train.primer.Language;
import dev.keiryo.train.primer.Primer;
import dev.keiryo.train.primer.Sums;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The model that comes with the program: what docs/KEIRYO-TINY.md says that it can. All at temperature 0. */
class KeiryoTinyTest {
    private static final int LEAST_SUMS = 46;
    private static final int LEAST_FACTS = 50;

    private static LanguageModel model;
    private static ChatTemplate template;

    @BeforeAll
    static void load() throws IOException {
        model = Keiryo.load(Objects.requireNonNull(ShippedModels.find(ShippedModels.DEFAULT)));
        template = ChatTemplate.of(model);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static String answer(String question) throws IOException {
        return TinyFigures.answer(model, template, question);
    }

    private static String story(String prompt) {
        JsonNode json = JsonMapper.shared()
                .readTree(done("run", "-p", prompt, "--greedy", "-n", "300", "--json")
                        .out());
        return json.get("text").asString();
    }

    @Test
    void itIsTheModelWhereNoneIsNamed() throws IOException {
        JsonNode facts = JsonMapper.shared().readTree(done("inspect", "--json").out());
        assertTrue(facts.toString().contains("keiryo-tiny"), facts.toString());
        long weights = model.engine().checkpoint().weights().stream()
                .mapToLong(w -> w.count())
                .sum();
        assertTrue(weights >= 3_000_000 && weights <= 10_000_000, "" + weights);
        assertEquals(
                ChatFormat.template().strip(),
                model.engine()
                        .checkpoint()
                        .metadata()
                        .string("tokenizer.chat_template")
                        .strip());
    }

    /** Its words are those that it has read, its sentences end, and it does not go round in circles. */
    @Test
    void itTellsAStory() {
        String story = "Once upon a time" + story("Once upon a time");
        Primer primer = new Primer(1);
        Set<String> known = new HashSet<>();
        LongStream.range(0, 20_000).mapToObj(primer::text).forEach(text -> known.addAll(words(text)));
        List<String> words = words(story);
        assertTrue(words.size() > 40, story);
        long strange = words.stream().filter(word -> !known.contains(word)).count();
        assertTrue(strange <= 0.02 * words.size(), story);
        assertTrue(story.strip().matches("(?s).*[.!?]\"?"), story);
        List<String> sentences = List.of(story.split("(?<=[.!?]) ", -1));
        assertTrue(new HashSet<>(sentences).size() >= 0.8 * sentences.size(), story);
    }

    private static List<String> words(String text) {
        return List.of(text.toLowerCase(Locale.ROOT).split("[^a-z']+", -1)).stream()
                .filter(word -> !word.isEmpty())
                .toList();
    }

    @Test
    void itTellsAStoryInJapanese() {
        String story = story("むかしむかし");
        assertTrue(story.length() > 80, story);
        assertTrue(story.strip().matches("(?s).*[。！？」]"), story);
        long japanese = story.codePoints()
                .filter(c -> (c > 0x3000 && c < 0xA000) || c > 0xFF00)
                .count();
        assertTrue(
                japanese > 0.97 * story.strip().codePointCount(0, story.strip().length()), story);
        assertFalse(story.contains("\uFFFD"), story);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Hello | Hello
                    Who are you? | Keiryo Tiny
                    What is 47 + 38? | So 47 + 38 = 85.
                    What is the capital of Japan? | Tokyo
                    I am sad. | sorry to hear that
                    こんにちは | こんにちは
                    ありがとう | どういたしまして
                    日本の首都はどこですか？ | 東京
                    あなたはだれですか？ | ケイリョウ・タイニー
                    """)
    void itAnswersWhatItsCardSays(String question, String expected) throws IOException {
        String answer = answer(question);
        assertTrue(answer.contains(expected), answer);
    }

    @Test
    void itSaysWhatItDoesNotKnow() throws IOException {
        assertTrue(answer("What is the population of Japan?").contains("know"));
        assertTrue(answer("人生の意味は何ですか？").matches("(?s).*(わかりません|知りません).*"));
    }

    @Test
    void chatOnTheCommandLineUsesItsTemplate() {
        Output output = piped("Who are you?\n", "chat", "--greedy");
        assertEquals(0, output.exit(), output.err());
        assertTrue(output.out().contains("Keiryo Tiny"), output.out());
        assertFalse(output.out().contains("<|"), output.out());
    }

    @Test
    void itsDraftChangesNothing() {
        String[] command = {"run", "-p", "Once upon a time", "--greedy", "-n", "80", "--quiet"};
        String plain = done(command).out();
        String[] drafted = java.util.Arrays.copyOf(command, command.length + 3);
        drafted[command.length] = "--draft";
        drafted[command.length + 1] = "keiryo-tiny-draft";
        drafted[command.length + 2] = "--draft-always";
        assertEquals(plain, done(drafted).out());
    }

    /** Sums and facts, as the card counts them. */
    @Test
    void sumsAndFactsAreAsTheCardCountsThem() throws IOException {
        SplittableRandom random = new SplittableRandom(20);
        int sums = 0;
        int facts = 0;
        for (Language language : Language.values()) {
            for (Sums.Operation operation : Sums.Operation.values()) {
                sums += TinyFigures.sums(model, template, language, operation, false, 10, random);
            }
            facts += TinyFigures.facts(model, template, language, 30, random);
        }
        assertTrue(sums >= LEAST_SUMS, sums + " sums of 60");
        assertTrue(facts >= LEAST_FACTS, facts + " facts of 60");
    }
}
