package dev.keiryo.prompt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.prompt.PromptBudget.Fitted;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts fitted to budgets, with real tokenizers. */
class PromptBudgetTest {
    private static final String QWEN = "tokenizers/qwen2.5/vocab.json";
    private static final String LLAMA = "tokenizers/llama2/tokenizer.model";
    private static final String STORIES = "models/TinyStories-656K";

    private static final Prompt ENGLISH = Prompt.of("Answer the question.")
            .withSystem("You are brief.")
            .withOutputFormat("One word.")
            .withContext(List.of(
                    new Passage("Towers", "The Eiffel Tower is in Paris. It is 330 m tall. Mr. Eiffel built it."),
                    new Passage("", "The tower of Pisa leans.\n\nIt is in Italy.")))
            .withExamples(
                    List.of(
                            Example.of("Where is Big Ben?", "London"),
                            Example.of("Who wrote Faust?", "Goethe"),
                            Example.of("Where is the tower of Pisa?", "Italy")),
                    ExampleSelection.all())
            .withInput("Where is the Eiffel Tower?");

    private static final Prompt JAPANESE = Prompt.of("質問に答えてください。")
            .withContext(List.of(new Passage("", "東京は日本の首都です。「大きい。」と人は言う。人口は約1400万人。")))
            .withExamples(List.of(Example.of("大阪はどこ？", "日本"), Example.of("誰が書いた？", "漱石")), ExampleSelection.all())
            .withInput("東京はどこ？");

    private static Tokenizer tokenizer(String path) throws IOException {
        return TokenizerFiles.open(TestData.path(path));
    }

    @ParameterizedTest
    @ValueSource(strings = {QWEN, LLAMA, STORIES})
    void thePartsTokensAddUp(String path) throws IOException {
        Tokenizer tokenizer = tokenizer(path);
        for (Prompt prompt : List.of(ENGLISH, JAPANESE, Prompt.of("x"))) {
            Fitted whole = PromptBudget.whole(prompt, new PlainText(), tokenizer);
            assertEquals(
                    whole.tokens(),
                    whole.rendering().counts(tokenizer).values().stream()
                            .mapToInt(Integer::intValue)
                            .sum());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {QWEN, LLAMA, STORIES})
    void whatFitsIsTheMostThatFits(String path) throws IOException {
        Tokenizer tokenizer = tokenizer(path);
        for (Prompt prompt : List.of(ENGLISH, JAPANESE)) {
            Fitted whole = PromptBudget.whole(prompt, new PlainText(), tokenizer);
            Prompt bare = prompt.withExamples(List.of(), ExampleSelection.all()).withContext(List.of());
            int least = PromptBudget.whole(bare, new PlainText(), tokenizer).tokens();
            Fitted last = whole;
            for (int budget = whole.tokens(); budget >= least; budget--) {
                Fitted fitted = PromptBudget.of(budget).fit(prompt, new PlainText(), tokenizer);
                assertTrue(fitted.tokens() <= budget, fitted.tokens() + " of " + budget);
                assertEquals(
                        fitted.rendering().tokens(tokenizer).length, fitted.tokens(), "the count is the rendering's");
                // Nothing more than the last, larger budget had, and nothing less unless that did not fit.
                assertTrue(last.tokens() > budget || last.tokens() == fitted.tokens(), "left out for nothing");
                String text = fitted.rendering().text();
                for (String kept : List.of(prompt.instruction(), prompt.outputFormat(), prompt.input())) {
                    assertTrue(text.contains(kept), text);
                }
                assertTrue(
                        fitted.cutCharacters() == 0
                                || fitted.prompt().examples().isEmpty(),
                        "examples go first");
                checkContext(prompt, fitted);
                last = fitted;
            }
            String message = String.valueOf(assertThrows(
                            IllegalArgumentException.class,
                            () -> PromptBudget.of(least - 1).fit(prompt, new PlainText(), tokenizer))
                    .getMessage());
            assertTrue(message.contains("takes " + least + " tokens (") && message.contains("raise it by 1,"), message);
        }
    }

    /** Each passage but the last shown is whole, and that one ends behind a sentence. */
    private static void checkContext(Prompt prompt, Fitted fitted) {
        List<Passage> shown = fitted.prompt().context();
        for (int i = 0; i < shown.size(); i++) {
            String whole = prompt.context().get(i).text();
            String text = shown.get(i).text();
            if (!text.equals(whole.strip())) {
                assertEquals(shown.size() - 1, i);
                String kept = text.substring(0, text.length() - " […]".length());
                String rest = whole.substring(kept.length());
                assertTrue(whole.startsWith(kept), kept);
                assertTrue(kept.matches("(?s).*[.。]"), kept);
                assertTrue(rest.startsWith(" ") || rest.startsWith("\n") || kept.endsWith("。"), rest);
                assertTrue(!kept.endsWith("大きい。") && !kept.endsWith("Mr."), kept);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {QWEN, STORIES})
    void theLeastSimilarExampleGoesFirst(String path) throws IOException {
        Tokenizer tokenizer = tokenizer(path);
        int whole = PromptBudget.whole(ENGLISH, new PlainText(), tokenizer).tokens();
        Fitted fitted = PromptBudget.of(whole - 1).fit(ENGLISH, new PlainText(), tokenizer);
        assertEquals(1, fitted.droppedExamples());
        assertEquals(
                List.of("London", "Italy"),
                fitted.prompt().examples().stream().map(Example::output).toList());
        Fitted context =
                new PromptBudget(whole - 1, List.of(PartKind.CONTEXT)).fit(ENGLISH, new PlainText(), tokenizer);
        assertEquals(3, context.prompt().examples().size());
        assertTrue(
                context.rendering().text().contains("leans. […]"),
                context.rendering().text());
        assertEquals("It is in Italy.".length(), context.cutCharacters());
    }

    @ParameterizedTest
    @ValueSource(strings = {"INSTRUCTION", "SYSTEM", "OUTPUT_FORMAT", "INPUT"})
    void onlyExamplesAndContextGiveWay(String kind) {
        assertThrows(IllegalArgumentException.class, () -> new PromptBudget(10, List.of(PartKind.valueOf(kind))));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PromptBudget(10, List.of(PartKind.CONTEXT, PartKind.CONTEXT)));
    }
}
