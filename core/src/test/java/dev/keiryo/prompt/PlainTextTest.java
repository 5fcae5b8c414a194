package dev.keiryo.prompt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlainTextTest {
    private static final Prompt SUMS = Prompt.of("Solve the problem.")
            .withExamples(
                    List.of(
                            new Example("2 apples and 3 more?", "There are 2 + 3 = 5.", "5"),
                            new Example("4 pears, 1 eaten?", "4 - 1 = 3 are left.", "3")),
                    ExampleSelection.all())
            .withInput("7 plums and 1 more?");

    private static String text(Prompt prompt) {
        return new PlainText().render(prompt.selected()).text();
    }

    @Test
    void anInstructionAlone() {
        assertEquals("Instruction:\nSay hello.\n\nOutput:", text(Prompt.of("Say hello.\n")));
    }

    @Test
    void allParts() {
        Prompt prompt = SUMS.withSystem("You are a teacher.")
                .withConstraints(List.of("Numbers only.", "No units."))
                .withOutputFormat("One number.")
                .withContext(List.of(new Passage("Shop", "Plums are in."), new Passage("", "It is May.")));
        assertEquals("""
                You are a teacher.

                Instruction:
                Solve the problem.

                Constraints:
                - Numbers only.
                - No units.

                Output format:
                One number.

                Input: 2 apples and 3 more?
                Output: 5

                Input: 4 pears, 1 eaten?
                Output: 3

                Context:
                [Shop]
                Plums are in.

                It is May.

                Input: 7 plums and 1 more?
                Output:""", text(prompt));
    }

    @Test
    void chainsOfThought() {
        String plain = text(SUMS);
        String trigger = "Let's think step by step.";
        assertEquals(plain + " " + trigger, text(SUMS.withReasoning(Reasoning.STEPS)));
        String shown = plain.replace("Output: 5", "Output: There are 2 + 3 = 5. So the answer is 5.")
                .replace("Output: 3", "Output: 4 - 1 = 3 are left. So the answer is 3.");
        assertEquals(shown, text(SUMS.withReasoning(Reasoning.RATIONALES)));
        assertEquals(
                shown.replace("Output: There", "Output: " + trigger + " There")
                                .replace("Output: 4", "Output: " + trigger + " 4")
                        + " " + trigger,
                text(SUMS.withReasoning(Reasoning.HYBRID)));
        // What the examples answer, the extraction understands.
        assertEquals(
                "3",
                FinalAnswer.NUMBER
                        .apply(text(SUMS.withReasoning(Reasoning.RATIONALES)).split("\n\n", -1)[2])
                        .orElse(""));
    }

    @Test
    void japanese() {
        Prompt prompt = Prompt.of("問題を解いてください。")
                .withExamples(List.of(new Example("りんご2個と3個", "2+3=5個。", "5個")), ExampleSelection.all())
                .withConstraints(List.of("簡潔に。"))
                .withReasoning(Reasoning.HYBRID)
                .withInput("梨4個と1個");
        assertEquals("""
                指示：
                問題を解いてください。

                制約：
                - 簡潔に。

                入力：りんご2個と3個
                出力：段階的に考えましょう。2+3=5個。したがって、答えは5個です。

                入力：梨4個と1個
                出力：段階的に考えましょう。""", text(prompt));
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Prompt.of(" "));
        assertThrows(IllegalArgumentException.class, () -> Example.of("in", " "));
        Prompt plain = SUMS.withExamples(List.of(Example.of("in", "out")), ExampleSelection.all());
        String message = String.valueOf(
                assertThrows(IllegalArgumentException.class, () -> plain.withReasoning(Reasoning.RATIONALES))
                        .getMessage());
        assertTrue(message.startsWith("example 1 has no rationale"), message);
        assertThrows(
                IllegalArgumentException.class,
                () -> Prompt.of("x").withReasoning(Reasoning.RATIONALES).selected());
    }
}
