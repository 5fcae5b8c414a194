package dev.keiryo.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/** Where a chat's messages and commands come from. */
interface ChatInput extends AutoCloseable {
    /** The next one, of one or several lines; null at the end. */
    @Nullable
    String next() throws IOException;

    /** An answer is shown until the next message is read: whenever Ctrl-C is pressed meanwhile, calls {@code stop}. */
    void answering(Runnable stop);

    @Override
    void close() throws IOException;

    /** How several lines make one message: between {@code """}, or all but the last ending with a backslash. */
    final class Lines {
        private static final String QUOTES = "\"\"\"";

        private Lines() {}

        /** Whether {@code text} is a whole message. */
        static boolean isWhole(String text) {
            if (text.startsWith(QUOTES)) {
                return text.stripTrailing().endsWith(QUOTES)
                        && text.stripTrailing().length() >= 2 * QUOTES.length();
            }
            int slashes = 0;
            while (slashes < text.length() && text.charAt(text.length() - 1 - slashes) == '\\') {
                slashes++;
            }
            return slashes % 2 == 0;
        }

        /** What is meant by {@code text}, whole or cut off by the end of the input. */
        static String message(String text) {
            if (text.startsWith(QUOTES)) {
                String inner = text.substring(QUOTES.length());
                String end = inner.stripTrailing();
                inner = end.endsWith(QUOTES) ? end.substring(0, end.length() - QUOTES.length()) : inner;
                return inner.strip();
            }
            return text.replace("\\\n", "\n").strip();
        }
    }

    /** Plain lines, from a pipe or a file. */
    final class Piped implements ChatInput {
        private final BufferedReader lines;

        Piped(Reader reader) {
            lines = new BufferedReader(reader);
        }

        @Override
        public @Nullable String next() throws IOException {
            String line = lines.readLine();
            if (line == null) {
                return null;
            }
            StringBuilder text = new StringBuilder(line);
            while (!Lines.isWhole(text.toString())) {
                line = lines.readLine();
                if (line == null) {
                    break;
                }
                text.append('\n').append(line);
            }
            return Lines.message(text.toString());
        }

        @Override
        public void answering(Runnable stop) {
            // Ctrl-C ends the program.
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }
}
