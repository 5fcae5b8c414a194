package dev.keiryo.train.primer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.chat.ChatTemplate;
import dev.keiryo.chat.Message;
import dev.keiryo.chat.RenderOptions;
import dev.keiryo.train.data.Document;
import dev.keiryo.train.data.Filter;
import dev.keiryo.train.data.NearDuplicates;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts that Keiryo writes itself. */
class PrimerTest {
    private static final int TEXTS = 20_000;
    private static final Pattern TURN =
            Pattern.compile("<\\|(system|user|assistant)\\|>(.*?)<\\|end\\|>", Pattern.DOTALL);

    private static List<String> texts(int n) {
        Primer primer = new Primer(5);
        return LongStream.range(0, n).parallel().mapToObj(primer::text).toList();
    }

    @Test
    void sameSeedSameTexts() {
        Primer once = new Primer(3);
        Primer again = new Primer(3);
        assertEquals(once.text(700), again.text(700)); // in any order
        for (int i = 0; i < 200; i++) {
            assertEquals(once.text(i), again.text(i));
            assertNotEquals(once.text(i), new Primer(4).text(i));
        }
    }

    @Test
    void nothingIsLeftUnfilled() {
        for (String text : texts(TEXTS)) {
            String said = text.replaceAll("<\\|(system|user|assistant|end)\\|>", "");
            assertFalse(said.matches("(?s).*[\\[\\]{}|@<].*"), text);
            assertFalse(said.contains("null") || said.contains("  ") || said.contains(" ."), text);
            assertFalse(said.isBlank());
        }
    }

    @Test
    void englishSentencesBeginWithGreatLetters() {
        Pattern small = Pattern.compile("[.!?] [a-z]");
        for (String text : texts(TEXTS)) {
            assertFalse(!text.startsWith("<") && small.matcher(text).find(), text);
        }
        assertEquals(
                "\"Run!\" he said. \"I am,\" said Tom, \"and you?\" She ran. He said, \"Go!\" Then they went.",
                English.sentences(
                        "\"run!\" he said. \"I am,\" said Tom, \"and you?\" she ran. he said, \"go!\" then they went."));
    }

    @Test
    void aStoryKeepsToItsCast() {
        SplittableRandom random = new SplittableRandom(9);
        for (Language language : Language.values()) {
            for (String plot : Stories.plots(language)) {
                for (int i = 0; i < 50; i++) {
                    Map<String, String> cast = new HashMap<>(Cast.of(language, random));
                    cast.put("hero", "Zorro");
                    String story = Stories.tell(language, plot, cast, random);
                    assertTrue(story.contains("Zorro"), story);
                    assertTrue(story.length() > 120, story);
                    if (plot.equals("want") || plot.equals("lost")) {
                        assertTrue(story.contains(String.valueOf(cast.get("thing"))), story);
                    }
                }
            }
        }
    }

    @Test
    void conversationsAreWhatTheTemplateMakes() throws Exception {
        ChatTemplate template = ChatTemplate.parse("primer", ChatFormat.template(), "", ChatFormat.END_OF_TEXT);
        RenderOptions options = RenderOptions.at(LocalDateTime.of(2026, 1, 1, 0, 0));
        int conversations = 0;
        for (String text : texts(2000)) {
            if (!text.startsWith("<|")) {
                continue;
            }
            conversations++;
            List<Message> messages = new ArrayList<>();
            Matcher turn = TURN.matcher(text);
            int end = 0;
            while (turn.find()) {
                assertEquals(end, turn.start(), text);
                end = turn.end();
                messages.add(new Message(turn.group(1), turn.group(2), null, List.of(), null, null));
            }
            assertEquals(end, text.length(), text);
            assertEquals(Message.ASSISTANT, messages.getLast().role(), text);
            assertEquals(text, template.render(messages, List.of(), options.withGenerationPrompt(false)));
            String asked = template.render(
                    messages.subList(0, messages.size() - 1), List.of(), options.withGenerationPrompt(true));
            assertTrue(text.startsWith(asked), text);
        }
        assertTrue(conversations > 1000);
    }

    @Test
    void sumsAreRight() {
        Pattern equation = Pattern.compile("(\\d+(?: [+×-] \\d+)+) = (\\d+)");
        int checked = 0;
        for (String text : texts(TEXTS)) {
            Matcher m = equation.matcher(text);
            while (m.find()) {
                String[] parts = m.group(1).split(" ", -1);
                int value = Integer.parseInt(parts[0]);
                for (int i = 1; i < parts.length; i += 2) {
                    int b = Integer.parseInt(parts[i + 1]);
                    value = switch (parts[i]) {
                        case "+" -> value + b;
                        case "-" -> value - b;
                        default -> value * b;
                    };
                }
                assertEquals(Integer.parseInt(m.group(2)), value, text);
                checked++;
            }
        }
        assertTrue(checked > 10_000);
    }

    @Test
    void heldOutProblemsAreNeverShown() {
        Pattern solved = Pattern.compile("(?:So |だから、)(\\d+) ([+×-]) (\\d+) = ");
        for (String text : texts(TEXTS)) {
            Matcher m = solved.matcher(text);
            while (m.find()) {
                Sums.Operation operation = switch (m.group(2)) {
                    case "+" -> Sums.Operation.ADD;
                    case "-" -> Sums.Operation.SUBTRACT;
                    default -> Sums.Operation.MULTIPLY;
                };
                assertFalse(new Sums.Problem(Integer.parseInt(m.group(1)), operation, Integer.parseInt(m.group(3)))
                        .heldOut());
            }
        }
        Sums.Problem problem = new Sums.Problem(47, Sums.Operation.ADD, 38);
        assertEquals(
                "7 + 8 = 15, write 5, carry 1. 4 + 3 + 1 = 8. So 47 + 38 = 85.",
                Sums.worked(problem, Language.ENGLISH));
        assertEquals(
                "1かりて、12 - 7 = 5。5 - 2 - 1 = 2。だから、52 - 27 = 25です。",
                Sums.worked(new Sums.Problem(52, Sums.Operation.SUBTRACT, 27), Language.JAPANESE));
    }

    /** What is answered has been said: the same words, or a sentence of the question's. */
    @Test
    void whatIsRecalledWasSaid() {
        for (Language language : Language.values()) {
            SplittableRandom random = new SplittableRandom(4);
            for (int i = 0; i < 500; i++) {
                List<Turn> turns = Recall.conversation(language, random);
                for (int t = 0; t < turns.size(); t += 2) {
                    String asked = turns.get(t).text();
                    String answer = turns.get(t + 1).text();
                    assertTrue(asked.contains(answer), asked + " / " + answer);
                    assertFalse(answer.contains("null"), answer);
                }
            }
        }
    }

    /** What is held out is of every kind: whatever digits a problem ends with, about one in ten is. */
    @Test
    void heldOutProblemsAreOfEveryKind() {
        for (Sums.Operation operation : Sums.Operation.values()) {
            int[] all = new int[100];
            int[] held = new int[100];
            for (int a = 10; a < 100; a++) {
                for (int b = 10; b < 100; b++) {
                    int kind = a % 10 * 10 + b % 10;
                    Sums.Problem problem = new Sums.Problem(a, operation, b);
                    all[kind]++;
                    held[kind] += problem.heldOut() ? 1 : 0;
                    if (operation != Sums.Operation.SUBTRACT) {
                        assertEquals(problem.heldOut(), new Sums.Problem(b, operation, a).heldOut());
                    }
                }
            }
            int none = 0;
            for (int kind = 0; kind < 100; kind++) {
                assertTrue(held[kind] < 0.3 * all[kind], operation + " of last digits " + kind + ": " + held[kind]);
                none += held[kind] == 0 ? 1 : 0;
            }
            assertTrue(none <= 2, operation + ": " + none + " kinds of which nothing is held out");
        }
    }

    /** Not one template: stories differ whole, and in the runs of words that they are made of. */
    @Test
    void storiesVary(@TempDir Path folder) throws IOException {
        List<String> stories =
                texts(TEXTS).stream().filter(text -> !text.startsWith("<|")).toList();
        assertTrue(stories.size() > TEXTS / 4);
        assertTrue(new HashSet<>(stories).size() > 0.999 * stories.size());
        List<String> english = stories.stream()
                .filter(text -> text.charAt(0) < 128)
                .limit(1000)
                .toList();
        Set<String> runs = new HashSet<>();
        int all = 0;
        for (String story : english) {
            String[] words = story.split(" ", -1);
            for (int i = 0; i + 5 <= words.length; i++) {
                runs.add(String.join(" ", List.of(words).subList(i, i + 5)));
                all++;
            }
        }
        assertTrue(runs.size() > 0.25 * all, runs.size() + " of " + all);
        int dropped = 0;
        try (Filter.Run near = NearDuplicates.DEFAULT.open(folder)) {
            for (String story : stories) {
                dropped += near.examine(new Document(story, "primer", 1)).dropped() == null ? 0 : 1;
            }
        }
        assertTrue(dropped < 0.02 * stories.size(), dropped + " of " + stories.size() + " are near duplicates");
    }
}
