package dev.keiryo.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** Completes commands, names of files behind {@code /load}, {@code /save} and {@code /tools}, and parameters. */
final class ChatCompleter implements Completer {
    /**
     * A line with what is to be completed.
     *
     * @param from where that begins
     * @param command before it; empty where it is the command itself
     */
    record Line(String line, int cursor, int from, String command) implements CompletingParsedLine {
        @Override
        public String word() {
            return line.substring(from);
        }

        @Override
        public int wordCursor() {
            return Math.max(0, cursor - from);
        }

        @Override
        public int wordIndex() {
            return command.isEmpty() ? 0 : 1;
        }

        @Override
        public List<String> words() {
            return command.isEmpty() ? List.of(word()) : List.of(command, word());
        }

        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return candidate;
        }

        @Override
        public int rawWordCursor() {
            return wordCursor();
        }

        @Override
        public int rawWordLength() {
            return word().length();
        }
    }

    @Override
    public void complete(LineReader reader, ParsedLine parsed, List<Candidate> candidates) {
        String word = parsed.word().substring(0, parsed.wordCursor());
        if (parsed.wordIndex() == 0) {
            if (word.startsWith("/")) {
                ChatCommands.names().forEach(name -> candidates.add(new Candidate(name)));
            }
            return;
        }
        switch (parsed.words().getFirst()) {
            case "/load", "/save", "/tools" -> files(word, candidates);
            case "/params" -> ChatSettings.names().forEach(name -> candidates.add(new Candidate(name)));
            default -> {}
        }
    }

    private static void files(String word, List<Candidate> candidates) {
        int slash = word.lastIndexOf('/') + 1;
        String folder = word.substring(0, slash);
        String begun = word.substring(slash);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of(folder.isEmpty() ? "." : folder))) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (name.startsWith(begun) && (!name.startsWith(".") || begun.startsWith("."))) {
                    boolean isFolder = Files.isDirectory(entry);
                    candidates.add(new Candidate(
                            folder + name + (isFolder ? "/" : ""), name, null, null, null, null, !isFolder));
                }
            }
        } catch (IOException | InvalidPathException e) {
            return; // nothing to complete
        }
    }
}
