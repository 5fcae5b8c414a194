package dev.keiryo.grammar;

import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;

/** Reads a grammar's text character by character. */
final class TextCursor {
    static final int END = -1;
    /** Brackets within brackets; more would overflow the stack of whoever goes through the result. */
    private static final int DEEPEST = 200;

    private final String source;
    private final String text;
    private int at;
    private int depth;

    /** @param source what the text is called in messages */
    TextCursor(String source, String text) {
        this.source = source;
        this.text = text;
    }

    int position() {
        return at;
    }

    void seek(int position) {
        at = position;
    }

    String since(int position) {
        return text.substring(position, at);
    }

    /** The next character, or {@link #END}. */
    int peek() {
        return at < text.length() ? text.codePointAt(at) : END;
    }

    int next() {
        int c = peek();
        at += c == END ? 0 : Character.charCount(c);
        return c;
    }

    boolean startsWith(String expected) {
        return text.startsWith(expected, at);
    }

    /** Skips {@code expected} where it comes next. */
    boolean accept(String expected) {
        boolean there = startsWith(expected);
        at += there ? expected.length() : 0;
        return there;
    }

    void require(String expected) throws FormatException {
        if (!accept(expected)) {
            throw error("expected " + expected);
        }
    }

    boolean isDigit() {
        return peek() >= '0' && peek() <= '9';
    }

    /** A whole number of up to nine digits. */
    int number() throws FormatException {
        int from = at;
        while (isDigit()) {
            at++;
        }
        if (from == at || at - from > 9) {
            at = from;
            throw error("expected a number of up to nine digits");
        }
        return Integer.parseInt(since(from));
    }

    /** A code point in {@code least} to {@code most} hexadecimal digits. */
    int hex(int least, int most) throws FormatException {
        int from = at;
        while (at - from < most && Character.digit(peek(), 16) >= 0 && peek() < 128) {
            at++;
        }
        long value = at - from < least ? -1 : Long.parseLong(since(from), 16);
        if (value < 0 || value > Character.MAX_CODE_POINT) {
            at = from;
            throw error("expected a character's number in " + (least == most ? "" : least + " to ") + most
                    + " hexadecimal digits");
        }
        return (int) value;
    }

    /** Goes one bracket deeper. */
    void enter() throws FormatException {
        if (++depth > DEEPEST) {
            throw error("brackets are nested deeper than " + DEEPEST + "; make a rule of a part");
        }
    }

    void leave() {
        depth--;
    }

    /** Says where the fault is, what was expected, and what is there. */
    FormatException error(String problem) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < at; i += Character.charCount(text.codePointAt(i))) {
            boolean newline = text.charAt(i) == '\n';
            line += newline ? 1 : 0;
            column = newline ? 1 : column + 1;
        }
        String found = at >= text.length()
                ? "the end"
                : "\"" + text.substring(at, Math.min(text.length(), at + 16)).replaceAll("\\R.*", "") + "\"";
        int offset = text.substring(0, at).getBytes(StandardCharsets.UTF_8).length;
        return new FormatException(
                source, offset, "line %d, column %d: %s, found %s".formatted(line, column, problem, found));
    }
}
