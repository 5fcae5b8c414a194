package dev.keiryo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jline.reader.Candidate;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages typed at a terminal; a dumb one, so that tests can type. */
class ChatTerminalTest {
    @TempDir
    private Path folder = Path.of("");

    private static Terminal terminal(String typed) throws IOException {
        return new DumbTerminal(
                "test",
                Terminal.TYPE_DUMB,
                new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
                new ByteArrayOutputStream(),
                StandardCharsets.UTF_8);
    }

    private static List<String> read(ChatTerminal input) {
        List<String> messages = new ArrayList<>();
        for (String text = input.next(); text != null; text = input.next()) {
            messages.add(text);
        }
        return messages;
    }

    @Test
    void messagesOfOneAndSeveralLines() throws IOException {
        String typed = "Hello! \"quoted\" it's\n\"\"\"\na\nb\n\"\"\"\nfirst\\\nsecond\n日本語、𠮷野家\n";
        try (ChatTerminal input = new ChatTerminal(terminal(typed), null, false)) {
            assertEquals(List.of("Hello! \"quoted\" it's", "a\nb", "first\nsecond", "日本語、𠮷野家"), read(input));
            assertNull(input.next(), "the end stays the end");
        }
    }

    @Test
    void whatWasTypedIsKeptForTheNextTimeAndForNobodyElse() throws IOException {
        Path history = folder.resolve("state/keiryo/chat_history");
        for (String typed : List.of("one\n", "two\nlines\\\nmore\n")) {
            try (ChatTerminal input = new ChatTerminal(terminal(typed), history, false)) {
                read(input);
            }
        }
        assertEquals("one\ntwo\nlines\\\\\\nmore\n", Files.readString(history));
        assertEquals(
                "[OWNER_READ, OWNER_WRITE]",
                Files.getPosixFilePermissions(history).stream()
                        .sorted()
                        .toList()
                        .toString());
    }

    @Test
    void ctrlCStopsTheAnswerAndNothingElse() throws IOException {
        Terminal terminal = terminal("next\n");
        try (ChatTerminal input = new ChatTerminal(terminal, null, false)) {
            boolean[] stopped = {false};
            terminal.raise(Terminal.Signal.INT);
            input.answering(() -> stopped[0] = true);
            assertFalse(stopped[0]);
            terminal.raise(Terminal.Signal.INT);
            assertTrue(stopped[0]);
            assertEquals("next", input.next());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "plain | true",
                "ends \\ | false",
                "ends \\\\ | true",
                "\"\"\" | false",
                "\"\"\"one\"\"\" | true",
                "\"\"\"one\"\"  | false",
                "\"\"\"\" | false",
            })
    void wholeMessages(String text, boolean whole) {
        assertEquals(whole, ChatInput.Lines.isWhole(text), text);
    }

    @Test
    void commandsFilesAndParametersAreCompleted() throws IOException {
        Files.writeString(folder.resolve("talk one.json"), "{}");
        Files.createDirectory(folder.resolve("tales"));
        assertTrue(completed("/s").containsAll(List.of("/system", "/save", "/stats")));
        assertEquals(List.of(), completed("s"));
        assertEquals(
                List.of(folder + "/tales/", folder + "/talk one.json"),
                completed("/load " + folder + "/ta").stream().sorted().toList());
        assertTrue(completed("/params to").contains("top_k"));
        assertEquals(List.of(), completed("/load " + folder + "/none/x"));
        assertEquals(List.of(), completed("/load \0"));
    }

    private static List<String> completed(String typed) {
        int space = typed.indexOf(' ');
        ChatCompleter.Line line =
                new ChatCompleter.Line(typed, typed.length(), space + 1, space < 0 ? "" : typed.substring(0, space));
        List<Candidate> candidates = new ArrayList<>();
        new ChatCompleter().complete(null, line, candidates);
        return candidates.stream().map(Candidate::value).toList();
    }

    @Test
    void theStateFolderIsByTheSpecification() {
        assertEquals(Path.of("/s/keiryo"), StateFolder.of(Map.of("XDG_STATE_HOME", "/s")));
        Path usual = Path.of(System.getProperty("user.home"), ".local", "state", "keiryo");
        assertEquals(usual, StateFolder.of(Map.of()));
        assertEquals(usual, StateFolder.of(Map.of("XDG_STATE_HOME", "relative")));
    }
}
