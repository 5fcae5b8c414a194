package dev.keiryo.prompt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.chat.ChatTemplate;
import dev.keiryo.chat.Message;
import dev.keiryo.chat.RenderOptions;
import dev.keiryo.prompt.PromptBudget.Fitted;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Prompts through the templates of real models. */
class ChatTextTest {
    private static final Prompt PROMPT = Prompt.of("Name the colour.")
            .withSystem("You look closely.")
            .withConstraints(List.of("One word."))
            .withOutputFormat("In lower case.")
            .withContext(List.of(new Passage("", "The ball is red. The car is blue.")))
            .withExamples(
                    List.of(
                            new Example("the sky", "At noon it is clear.", "azure"),
                            new Example("a lemon", "It is ripe.", "yellow")),
                    ExampleSelection.all())
            .withReasoning(Reasoning.RATIONALES)
            .withInput("the ball");

    static Stream<Path> templates() throws IOException {
        try (Stream<Path> files = Files.list(TestData.path("chat-templates"))) {
            return files.filter(p -> p.toString().endsWith(".jinja")).sorted().toList().stream();
        }
    }

    private static PromptRenderer renderer(Path template) throws IOException {
        ChatTemplate parsed = ChatTemplate.parse(template.toString(), Files.readString(template), "<s>", "</s>");
        return new ChatText(parsed, RenderOptions.at(LocalDateTime.of(2026, 1, 15, 12, 0)));
    }

    @Test
    void examplesAreTurns() {
        List<Message> messages = ChatText.messages(PROMPT);
        assertEquals(
                List.of("system", "user", "assistant", "user", "assistant", "user"),
                messages.stream().map(Message::role).toList());
        assertEquals("""
                Name the colour.

                Constraints:
                - One word.

                Output format:
                In lower case.

                Input: the sky""", messages.get(1).content());
        assertEquals(
                "At noon it is clear. So the answer is azure.", messages.get(2).content());
        assertEquals("Input: a lemon", messages.get(3).content());
        assertEquals(
                "Context:\nThe ball is red. The car is blue.\n\nInput: the ball",
                messages.get(5).content());
        assertEquals(
                "Name it.\n\nLet's think step by step.",
                ChatText.messages(Prompt.of("Name it.").withReasoning(Reasoning.STEPS))
                        .getFirst()
                        .content());
    }

    @ParameterizedTest
    @MethodSource("templates")
    void allPartsAreThereAndCounted(Path template) throws IOException {
        Tokenizer tokenizer = TokenizerFiles.open(TestData.path("tokenizers/qwen2.5/vocab.json"));
        Fitted whole = PromptBudget.whole(PROMPT, renderer(template), tokenizer);
        String text = whole.rendering().text();
        for (String part : List.of("You look closely.", "Name the colour.", "azure", "a lemon", "Input: the ball")) {
            assertTrue(text.contains(part), text);
        }
        Map<PartKind, Integer> counts = whole.rendering().counts(tokenizer);
        assertEquals(
                whole.tokens(),
                counts.values().stream().mapToInt(Integer::intValue).sum());
        for (PartKind kind : List.of(
                PartKind.SYSTEM,
                PartKind.INSTRUCTION,
                PartKind.CONSTRAINTS,
                PartKind.OUTPUT_FORMAT,
                PartKind.EXAMPLES,
                PartKind.CONTEXT,
                PartKind.INPUT)) {
            assertTrue(counts.getOrDefault(kind, 0) > 0, kind + " in " + text);
        }
        int budget = whole.tokens() - 8;
        Fitted fitted = PromptBudget.of(budget).fit(PROMPT, renderer(template), tokenizer);
        assertTrue(fitted.tokens() <= budget);
        assertEquals(1, fitted.droppedExamples());
        assertTrue(fitted.rendering().text().contains("Name the colour."), "the task stays with the first message");
    }
}
