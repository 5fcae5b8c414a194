package dev.keiryo.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TruncationTest {
    /** A token a word. */
    private static int words(List<Message> messages) {
        return messages.stream()
                .mapToInt(m -> m.content().split("\\s+", -1).length)
                .sum();
    }

    private static String text(List<Message> messages) {
        return messages.stream().map(Message::content).collect(Collectors.joining(","));
    }

    private static final List<Message> TALK = List.of(
            Message.system("s s"),
            Message.user("u1 u1"),
            Message.assistant("a1 a1"),
            Message.user("u2 u2"),
            Message.assistant("a2 a2"),
            Message.user("u3 u3"),
            Message.assistant("a3 a3"),
            Message.user("u4 u4"));

    private static Truncation.Fitted fit(Truncation how, int limit, int low) throws IOException {
        return how.fit(TALK, limit, low, TruncationTest::words, (turns, most) -> turns.size() + " messages");
    }

    @Test
    void whatFitsStays() throws IOException {
        for (Truncation how : Truncation.values()) {
            Truncation.Fitted fitted = fit(how, 16, 10);
            assertEquals(TALK, fitted.messages());
            assertEquals(16, fitted.tokens());
        }
    }

    @Test
    void theOldestTurnsGo() throws IOException {
        assertEquals(
                "s s,u2 u2,a2 a2,u3 u3,a3 a3,u4 u4",
                text(fit(Truncation.OLDEST, 15, 15).messages()));
        Truncation.Fitted lower = fit(Truncation.OLDEST, 15, 9);
        assertEquals("s s,u3 u3,a3 a3,u4 u4", text(lower.messages()));
        assertEquals("u1 u1,a1 a1,u2 u2,a2 a2", text(lower.gone()));
        assertEquals(8, lower.tokens());
        assertEquals("s s,u4 u4", text(fit(Truncation.OLDEST, 5, 2).messages()));
    }

    @Test
    void theFirstTurnStaysWhereTheMiddleGoes() throws IOException {
        assertEquals(
                "s s,u1 u1,a1 a1,u3 u3,a3 a3,u4 u4",
                text(fit(Truncation.MIDDLE, 15, 15).messages()));
        assertEquals("s s,u1 u1,a1 a1,u4 u4", text(fit(Truncation.MIDDLE, 8, 8).messages()));
        assertThrows(IllegalArgumentException.class, () -> fit(Truncation.MIDDLE, 7, 7));
    }

    @Test
    void aSummaryStandsForWhatIsGone() throws IOException {
        Truncation.Fitted fitted = Truncation.SUMMARY.fit(
                TALK.subList(1, 8),
                13,
                13,
                TruncationTest::words,
                (turns, most) -> text(turns).replace(' ', '-'));
        // The room for a summary (16 words at least) makes all turns go but the last.
        assertEquals(
                "[Earlier in this conversation: u1-u1,a1-a1,u2-u2,a2-a2,u3-u3,a3-a3]\n\nu4 u4",
                text(fitted.messages()));
        Truncation.Fitted wordy =
                Truncation.SUMMARY.fit(TALK, 12, 12, TruncationTest::words, (turns, most) -> "blah ".repeat(100));
        assertEquals("s s,u4 u4", text(wordy.messages()));
    }

    @Test
    void refusalsSayHowManyTokens() {
        String refused =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> fit(Truncation.REFUSE, 15, 15))
                        .getMessage());
        assertEquals("the conversation takes 16 tokens, but 15 fit", refused);
        String hopeless =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> fit(Truncation.OLDEST, 3, 3))
                        .getMessage());
        assertEquals("the conversation takes 16 tokens, and 4 of them cannot be left out, but 3 fit", hopeless);
    }

    /** Random conversations with tool calls: calls and results stay or go together, ends stay, limits hold. */
    @Test
    void callsKeepTheirResults() throws IOException {
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 500; round++) {
            List<Message> talk = talk(random);
            int limit = 1 + random.nextInt(words(talk));
            for (Truncation how : List.of(Truncation.OLDEST, Truncation.MIDDLE, Truncation.SUMMARY)) {
                List<Message> left;
                try {
                    left = how.fit(talk, limit, random.nextInt(limit + 1), TruncationTest::words, (t, n) -> "so")
                            .messages();
                } catch (IllegalArgumentException e) {
                    continue;
                }
                assertTrue(words(left) <= limit);
                assertEquals(talk.getFirst(), left.getFirst());
                assertTrue(left.getLast().content().endsWith(talk.getLast().content()));
                Set<String> called = new HashSet<>();
                Set<String> answered = new HashSet<>();
                for (Message message : left) {
                    message.toolCalls().forEach(c -> called.add(c.id()));
                    if (message.toolCallId() != null) {
                        assertTrue(called.contains(message.toolCallId()), "a result without its call");
                        answered.add(message.toolCallId());
                    }
                }
                assertEquals(called, answered);
            }
        }
    }

    private static List<Message> talk(SplittableRandom random) {
        List<Message> talk = new ArrayList<>(List.of(Message.system("s")));
        int turns = 1 + random.nextInt(6);
        for (int t = 0; t < turns; t++) {
            talk.add(Message.user("u".repeat(t + 1)));
            for (int c = random.nextInt(3); c > 0; c--) {
                ToolCall call = new ToolCall("call" + talk.size(), "f", Map.of());
                talk.add(new Message(Message.ASSISTANT, "", null, List.of(call), null, null));
                talk.add(Message.result(call, "r " + "r ".repeat(random.nextInt(4))));
            }
            if (t < turns - 1) {
                talk.add(Message.assistant("a a"));
            }
        }
        return talk;
    }
}
