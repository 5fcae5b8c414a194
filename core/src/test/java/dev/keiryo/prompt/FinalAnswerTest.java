package dev.keiryo.prompt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class FinalAnswerTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "So she has 5 + 7 = 12 apples. | 12",
                "It costs $1,234.50 in all | 1234.5",
                "that makes -3 | -3",
                "#### 72 | 72",
                "#### 10 (not 11) | 10",
                "全部で４２個です。 | 42",
                "in 2024 we had 007 | 7",
                "10.00 dollars | 10",
                "the 3rd, then 18. | 18",
            })
    void theLastNumberCounts(String text, String expected) {
        assertEquals(Optional.of(expected), FinalAnswer.NUMBER.apply(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(A) is wrong, so the answer is (C). | C",
                "The answer is b. | B",
                "I think (A) or (D) fits | D",
                "答えは C | C",
                "Answer: **E** | E",
            })
    void theLastChoiceCounts(String text, String expected) {
        assertEquals(Optional.of(expected), FinalAnswer.CHOICE.apply(text));
    }

    @Test
    void anArticleIsNoChoice() {
        assertEquals(Optional.empty(), FinalAnswer.CHOICE.apply("A dog barks at a cat. I agree."));
        assertEquals(Optional.of("B"), FinalAnswer.CHOICE.apply("Let me think.\nB\n"));
    }

    @Test
    void boxesMayHoldBraces() {
        assertEquals(
                Optional.of("\\frac{1}{2}"), FinalAnswer.BOXED.apply("\\boxed{3}, no: \\boxed{\\frac{1}{2}}, I say"));
        assertEquals(Optional.empty(), FinalAnswer.BOXED.apply("\\boxed{3"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "So the answer is True. Good. | true",
                "So the answer is 06/01/1943. | 06/01/1943",
                "Answer: \"Great Wall\". | great wall",
                "よって答えは東京です。 | 東京",
                "答え：富士山。 | 富士山",
            })
    void thePhraseBehindAnswerIs(String text, String expected) {
        assertEquals(Optional.of(expected), FinalAnswer.PHRASE.apply(text));
    }

    @Test
    void aPatternsGroupIsTheAnswer() {
        var last = FinalAnswer.matching(Pattern.compile("Result: (\\w+)"));
        assertEquals(Optional.of("two"), last.apply("Result: one\nResult: two"));
        assertEquals(Optional.empty(), last.apply("no result"));
    }

    /** The reference solutions of GSM8K: the number behind #### is the answer, and without the mark it is the last number. */
    @Test
    void referenceSolutionsGiveTheirAnswers() throws IOException {
        List<String> lines = Files.readAllLines(TestData.path("eval/gsm8k/test.jsonl"));
        for (String line : lines) {
            JsonNode node = JsonMapper.shared().readTree(line);
            String solution = node.get("answer").asString();
            String expected =
                    solution.substring(solution.lastIndexOf("####") + 4).strip().replace(",", "");
            assertEquals(Optional.of(expected), FinalAnswer.NUMBER.apply(solution), solution);
        }
    }
}
