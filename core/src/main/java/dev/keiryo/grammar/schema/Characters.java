package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;
import org.jspecify.annotations.Nullable;

/**
 * The inside of a JSON string, byte by byte: UTF-8 and escapes become characters, which a {@link Reader} takes. A byte is
 * allowed only where the reader takes one of the characters that can still come of it. Lone surrogates are no characters.
 *
 * @param part what of a character has been read
 * @param plain whether there are no escapes and no closing quotation mark; {@link #shortest} counts characters as JSON would
 *     spell them then
 */
record Characters(Reader reader, Part part, boolean plain) implements Frame {
    /** Where a string is after some whole characters. By value; never a dead end. */
    interface Reader {
        /** After one more character; null where it is not allowed. */
        @Nullable
        Reader next(int c);

        /** Whether one of the characters from {@code first} to {@code last} is allowed; surrogates never are. */
        boolean takes(int first, int last);

        /** Fewest bytes to the end, quotation mark included. */
        long fewest();

        /** {@link #fewest} after the best of the characters from {@code first} to {@code last}; the character not counted. */
        long fewestAfter(int first, int last);

        /** Told where the closing quotation mark leads; nothing where the string may not end. */
        void close(Frame.Sink sink);

        /** A reader that the next so many characters cannot tell from this one. */
        default Reader within(int characters) {
            return this;
        }
    }

    private enum State {
        WHOLE,
        UTF8,
        ESCAPE,
        HEX,
        HIGH,
        HIGH_ESCAPE,
        LOW
    }

    /**
     * @param value bits read so far
     * @param left bytes or digits to come
     * @param high a high surrogate before, or the least character that {@code UTF8} may become
     */
    private record Part(State state, int value, int left, int high) {
        static final Part NONE = new Part(State.WHOLE, 0, 0, 0);
        static final Part ESCAPE = new Part(State.ESCAPE, 0, 0, 0);
    }

    /** Before the first character. */
    static Characters of(Reader reader) {
        return new Characters(reader, Part.NONE, false);
    }

    /** Before the first character of a string that is written as it is, and ends where {@code reader} may be closed. */
    static Characters text(Reader reader) {
        return new Characters(reader, Part.NONE, true);
    }

    @Override
    public boolean mayEnd() {
        return plain && part.state == State.WHOLE && reader.fewest() == 1;
    }

    @Override
    public Frame within(int bytes) {
        Reader same = reader.within(bytes);
        return same == reader ? this : new Characters(same, part, plain);
    }

    @Override
    public int shortest() {
        return Plan.clamp(bytes(part) - (plain ? 1 : 0));
    }

    private long bytes(Part p) {
        return switch (p.state) {
            case WHOLE -> reader.fewest();
            case UTF8 -> p.left + reader.fewestAfter(first(p), last(p));
            case ESCAPE -> {
                long least = bytes(new Part(State.HEX, 0, 4, 0)) + 1;
                for (int i = 0; i < ESCAPES.length(); i += 2) {
                    int c = ESCAPES.charAt(i + 1);
                    least = Math.min(least, 1 + reader.fewestAfter(c, c));
                }
                yield least;
            }
            case HEX -> {
                int from = p.value << (4 * p.left);
                int to = from + (1 << (4 * p.left)) - 1;
                long least = p.left + reader.fewestAfter(from, to);
                int high = Math.max(from, 0xD800);
                if (high <= Math.min(to, 0xDBFF)) {
                    least = Math.min(
                            least,
                            p.left
                                    + 6
                                    + reader.fewestAfter(
                                            supplementary(high), supplementary(Math.min(to, 0xDBFF)) + 0x3FF));
                }
                yield least;
            }
            case HIGH -> 6 + reader.fewestAfter(supplementary(p.high), supplementary(p.high) + 0x3FF);
            case HIGH_ESCAPE -> 5 + reader.fewestAfter(supplementary(p.high), supplementary(p.high) + 0x3FF);
            case LOW -> p.left + reader.fewestAfter(lowFirst(p), lowLast(p));
        };
    }

    private static final String ESCAPES = "\"\"\\\\//b\bf\fn\nr\rt\t";

    private static int supplementary(int high) {
        return 0x10000 + ((high - 0xD800) << 10);
    }

    private static int first(Part p) {
        return Math.max(p.value << (6 * p.left), p.high);
    }

    private static int last(Part p) {
        return Math.min(((p.value + 1) << (6 * p.left)) - 1, Character.MAX_CODE_POINT);
    }

    private static int lowFirst(Part p) {
        return supplementary(p.high) + Math.max(p.value << (4 * p.left), 0xDC00) - 0xDC00;
    }

    private static int lowLast(Part p) {
        return supplementary(p.high) + Math.min(((p.value + 1) << (4 * p.left)) - 1, 0xDFFF) - 0xDC00;
    }

    @Override
    public void next(int b, Sink sink) {
        switch (part.state) {
            case WHOLE -> whole(b, sink);
            case UTF8 -> {
                if (b >> 6 == 2) {
                    utf8(new Part(State.UTF8, part.value << 6 | (b & 0x3F), part.left - 1, part.high), sink);
                }
            }
            case ESCAPE -> escape(b, sink);
            case HEX -> {
                int digit = digit(b);
                if (digit >= 0) {
                    hex(new Part(State.HEX, part.value << 4 | digit, part.left - 1, 0), sink);
                }
            }
            case HIGH -> {
                if (b == '\\') {
                    go(new Part(State.HIGH_ESCAPE, 0, 0, part.high), sink);
                }
            }
            case HIGH_ESCAPE -> {
                if (b == 'u') {
                    go(new Part(State.LOW, 0, 4, part.high), sink);
                }
            }
            case LOW -> {
                int digit = digit(b);
                if (digit >= 0) {
                    low(new Part(State.LOW, part.value << 4 | digit, part.left - 1, part.high), sink);
                }
            }
        }
    }

    private void whole(int b, Sink sink) {
        if (plain && b < 0x80) {
            take(b, sink);
        } else if (b == '"') {
            reader.close(sink);
        } else if (b == '\\') {
            if (reader.takes(0, Character.MAX_CODE_POINT)) {
                go(Part.ESCAPE, sink);
            }
        } else if (b >= 0x20 && b < 0x80) {
            take(b, sink);
        } else if (b >= 0xC2 && b < 0xE0) {
            utf8(new Part(State.UTF8, b & 0x1F, 1, 0x80), sink);
        } else if (b >= 0xE0 && b < 0xF0) {
            utf8(new Part(State.UTF8, b & 0x0F, 2, 0x800), sink);
        } else if (b >= 0xF0 && b < 0xF5) {
            utf8(new Part(State.UTF8, b & 0x07, 3, 0x10000), sink);
        }
    }

    private void utf8(Part p, Sink sink) {
        if (p.left == 0) {
            if (p.value >= p.high && p.value <= Character.MAX_CODE_POINT && (p.value < 0xD800 || p.value > 0xDFFF)) {
                take(p.value, sink);
            }
        } else if (first(p) <= last(p) && reader.takes(first(p), last(p))) {
            go(p, sink);
        }
    }

    private void escape(int b, Sink sink) {
        if (b == 'u') {
            go(new Part(State.HEX, 0, 4, 0), sink);
            return;
        }
        for (int i = 0; i < ESCAPES.length(); i += 2) {
            if (ESCAPES.charAt(i) == b) {
                take(ESCAPES.charAt(i + 1), sink);
            }
        }
    }

    private void hex(Part p, Sink sink) {
        int from = p.value << (4 * p.left);
        int to = from + (1 << (4 * p.left)) - 1;
        int high = Math.max(from, 0xD800);
        int highest = Math.min(to, 0xDBFF);
        if (p.left > 0) {
            if (reader.takes(from, to)
                    || (high <= highest && reader.takes(supplementary(high), supplementary(highest) + 0x3FF))) {
                go(p, sink);
            }
        } else if (high <= highest) {
            if (reader.takes(supplementary(high), supplementary(high) + 0x3FF)) {
                go(new Part(State.HIGH, 0, 0, high), sink);
            }
        } else if (p.value < 0xDC00 || p.value > 0xDFFF) {
            take(p.value, sink);
        }
    }

    private void low(Part p, Sink sink) {
        if (p.left == 0) {
            if (p.value >= 0xDC00 && p.value <= 0xDFFF) {
                take(lowFirst(p), sink);
            }
        } else if (lowFirst(p) <= lowLast(p) && reader.takes(lowFirst(p), lowLast(p))) {
            go(p, sink);
        }
    }

    private void take(int c, Sink sink) {
        Reader next = reader.next(c);
        if (next != null) {
            sink.go(new Characters(next, Part.NONE, plain));
        }
    }

    private void go(Part p, Sink sink) {
        sink.go(new Characters(reader, p, plain));
    }

    private static int digit(int b) {
        return b < 128 ? Character.digit(b, 16) : -1;
    }
}
