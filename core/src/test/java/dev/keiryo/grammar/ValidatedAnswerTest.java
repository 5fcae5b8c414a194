package dev.keiryo.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.generate.ValidatedAnswer;
import dev.keiryo.generate.ValidatedAnswer.Policy;
import dev.keiryo.generate.ValidatedAnswer.Validator;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

class ValidatedAnswerTest {
    @Test
    void asksAgainWithWhatWasWrong() throws FormatException {
        Validator even = text -> Integer.parseInt(text) % 2 == 0 ? null : "it is odd";
        Policy policy =
                Policy.of(Validator.of(Regex.compile("[0-9]+")).and(even)).withRepair(String::strip);
        Iterator<String> answers = List.of("abc", " 7 ", " 8 ").iterator();
        List<String> prompts = new ArrayList<>();
        ValidatedAnswer answer = ValidatedAnswer.ask(
                prompt -> {
                    prompts.add(prompt);
                    return answers.next();
                },
                "A number: ",
                policy);
        assertTrue(answer.isValid());
        assertEquals("8", answer.text());
        assertEquals(List.of("abc", " 7 ", " 8 "), answer.attempts());
        assertEquals("A number: ", prompts.getFirst());
        assertTrue(prompts.get(1).startsWith("A number: abc\n"), prompts.get(1));
        assertTrue(
                prompts.get(1).contains("rejected at byte 0 (line 1, column 1): expected \"0\" to \"9\", found \"a\""));
        assertTrue(prompts.get(2).contains("it is odd"), prompts.get(2));
    }

    @Test
    void givesUpAfterTheLastRetry() {
        ValidatedAnswer answer = ValidatedAnswer.ask(
                prompt -> "x", "?", Policy.of(text -> "never").withRetries(3));
        assertFalse(answer.isValid());
        assertEquals("never", answer.problem());
        assertEquals(4, answer.attempts().size());
        assertThrows(
                IllegalArgumentException.class, () -> Policy.of(text -> null).withRetries(-1));
    }
}
