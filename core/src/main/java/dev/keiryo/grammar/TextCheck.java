package dev.keiryo.grammar;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Whether a text is one of a language, and where it stops being so. */
public final class TextCheck {
    private final byte[] text;
    private final int offset;
    private final State state;

    private TextCheck(byte[] text, int offset, State state) {
        this.text = text;
        this.offset = offset;
        this.state = state;
    }

    /** Checks {@code text}, byte for byte. */
    public static TextCheck of(Frame language, byte[] text) {
        Machine machine = new Machine();
        State state = machine.start(language);
        for (int i = 0; i < text.length; i++) {
            State next = machine.next(state, text[i] & 0xFF);
            if (next.isDead()) {
                return new TextCheck(text, i, state);
            }
            state = next;
        }
        return new TextCheck(text, text.length, state);
    }

    /** Checks a file's bytes, of which a line end at the very end need not belong to the text. */
    public static TextCheck ofFile(Frame language, byte[] text) {
        TextCheck whole = of(language, text);
        int n = text.length;
        int line = n > 0 && text[n - 1] == '\n' ? (n > 1 && text[n - 2] == '\r' ? 2 : 1) : 0;
        if (whole.isAccepted() || line == 0 || whole.offset < n - line) {
            return whole;
        }
        TextCheck without = of(language, Arrays.copyOf(text, n - line));
        return without.isAccepted() || whole.offset < n ? without : whole;
    }

    public boolean isAccepted() {
        return offset == text.length && state.mayEnd();
    }

    /** Bytes that some text of the language begins with; the byte there is the first that is wrong, or missing. */
    public int offset() {
        return offset;
    }

    /** The line of {@link #offset}, from 1. */
    public int line() {
        int line = 1;
        for (int i = 0; i < offset; i++) {
            line += text[i] == '\n' ? 1 : 0;
        }
        return line;
    }

    /** The column of {@link #offset} in characters, from 1. */
    public int column() {
        int column = 1;
        for (int i = offset - 1; i >= 0 && text[i] != '\n'; i--) {
            column += (text[i] & 0xC0) == 0x80 ? 0 : 1;
        }
        return column;
    }

    /** What is there instead. */
    public String found() {
        return offset == text.length ? "the end" : name(text[offset] & 0xFF);
    }

    /** What could have come there. */
    public String expected() {
        StringBuilder all = new StringBuilder();
        long[] possible = new NextBytes().after(state);
        boolean others = false;
        for (int b = 0; b < 256; b++) {
            if (!isPossible(possible, b)) {
                continue;
            }
            if (b >= 128) {
                others = true;
                continue;
            }
            int to = b;
            while (to < 127 && isPossible(possible, to + 1) && kind(b) == kind(to + 1)) {
                to++;
            }
            add(all, to > b + 1 ? name(b) + " to " + name(to) : name(b));
            b = to > b + 1 ? to : b;
        }
        if (others) {
            add(all, "other characters");
        }
        if (state.mayEnd()) {
            add(all, "the end");
        }
        return all.isEmpty() ? "nothing" : all.toString();
    }

    private static boolean isPossible(long[] bits, int b) {
        return (bits[b >> 6] >>> b & 1) != 0;
    }

    private static int kind(int c) {
        return c < ' ' || c == 127
                ? 0
                : c >= '0' && c <= '9' ? 1 : c >= 'a' && c <= 'z' ? 2 : c >= 'A' && c <= 'Z' ? 3 : 4;
    }

    private static void add(StringBuilder all, String one) {
        all.append(all.isEmpty() ? "" : ", ").append(one);
    }

    private static String name(int b) {
        return switch (b) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case ' ' -> "a space";
            case '"' -> "'\"'";
            default -> b > ' ' && b < 127 ? "\"" + (char) b + "\"" : "byte 0x%02X".formatted(b);
        };
    }

    @Override
    public String toString() {
        if (isAccepted()) {
            return "accepted";
        }
        return "rejected at byte %d (line %d, column %d): expected %s, found %s"
                .formatted(offset, line(), column(), expected(), found());
    }

    /** The text up to where it is wrong. */
    public String right() {
        return new String(text, 0, offset, StandardCharsets.UTF_8);
    }
}
