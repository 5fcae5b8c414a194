package dev.keiryo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jline.keymap.KeyMap;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** A person at a terminal: editing, history, completion, messages of several lines. */
final class ChatTerminal implements ChatInput {
    private static final int HISTORY = 2000;

    private final Terminal terminal;
    private final LineReader reader;
    private final String prompt;
    private volatile Runnable stop = () -> {};
    private boolean interrupted;
    /** The terminal's settings while an answer is shown that are to come back. */
    private @Nullable Attributes usual;

    /** @param history where typed lines are kept, or null */
    ChatTerminal(Terminal terminal, @Nullable Path history, boolean styled) throws IOException {
        this.terminal = terminal;
        this.prompt = Style.GIVEN.of("> ", styled);
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .terminal(terminal)
                .parser(new MessageParser())
                .completer(new ChatCompleter())
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true) // a ! is only a !
                .option(LineReader.Option.DELAY_LINE_WRAP, true)
                .option(LineReader.Option.HISTORY_IGNORE_DUPS, true)
                .option(LineReader.Option.HISTORY_TIMESTAMPED, false)
                .option(LineReader.Option.AUTO_FRESH_LINE, true)
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "… ")
                .variable(LineReader.HISTORY_SIZE, HISTORY)
                .variable(LineReader.HISTORY_FILE_SIZE, HISTORY);
        if (history != null && prepare(history)) {
            builder.variable(LineReader.HISTORY_FILE, history);
        }
        this.reader = builder.build();
        reader.getWidgets().put("insert-line", () -> {
            reader.getBuffer().write('\n');
            return true;
        });
        KeyMap<org.jline.reader.Binding> keys =
                Objects.requireNonNull(reader.getKeyMaps().get(LineReader.MAIN));
        keys.bind(new Reference("insert-line"), KeyMap.alt('\r'), KeyMap.alt('\n'));
        terminal.handle(Terminal.Signal.INT, signal -> stop.run());
    }

    /** The terminal that this process runs in. */
    static Terminal open() throws IOException {
        return TerminalBuilder.builder()
                .system(true)
                .encoding(StandardCharsets.UTF_8)
                .ffm(true)
                .jni(false)
                .jna(false)
                .jansi(false)
                .dumb(true)
                .build();
    }

    /** What people type is theirs alone. */
    private static boolean prepare(Path history) {
        try {
            Path folder = history.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        history, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
        } catch (FileAlreadyExistsException e) {
            return true;
        } catch (IOException e) {
            return false; // a chat without history is better than none
        }
        return true;
    }

    PrintWriter writer() {
        return terminal.writer();
    }

    @Override
    public @Nullable String next() {
        answered();
        while (true) {
            try {
                String text = reader.readLine(prompt);
                interrupted = false;
                return Lines.message(text);
            } catch (UserInterruptException e) {
                if (interrupted && e.getPartialLine().isEmpty()) {
                    writer().println("Ctrl-D or /exit ends the chat.");
                }
                interrupted = e.getPartialLine().isEmpty();
            } catch (EndOfFileException e) {
                String partial = e.getPartialLine();
                return partial == null || partial.isBlank() ? null : Lines.message(partial);
            }
        }
    }

    @Override
    public void answering(Runnable newStop) {
        stop = newStop;
        if (usual == null) {
            // What is typed meanwhile, such as Ctrl-C, is not to stand in the middle of the answer.
            usual = terminal.getAttributes();
            Attributes silent = new Attributes(usual);
            silent.setLocalFlag(Attributes.LocalFlag.ECHO, false);
            terminal.setAttributes(silent);
        }
    }

    private void answered() {
        stop = () -> {};
        if (usual != null) {
            terminal.setAttributes(usual);
            usual = null;
        }
    }

    @Override
    public void close() throws IOException {
        answered();
        reader.getHistory().save();
        terminal.close();
    }

    /** Decides where a message ends, and what is completed: a command's name, or the text behind it. */
    private static final class MessageParser implements Parser {
        @Override
        public ParsedLine parse(String line, int cursor, ParseContext context) {
            if (context == ParseContext.ACCEPT_LINE && !Lines.isWhole(line)) {
                throw new EOFError(-1, cursor, "the message goes on");
            }
            int space = line.indexOf(' ');
            boolean argument = line.startsWith("/") && space >= 0 && space < cursor;
            return new ChatCompleter.Line(
                    line, cursor, argument ? space + 1 : 0, argument ? line.substring(0, space) : "");
        }
    }
}
