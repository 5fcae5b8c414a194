package dev.keiryo.grammar;

/** Ranges of code points as ranges of the bytes that UTF-8 spells them with. */
final class Utf8Ranges {
    private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};

    private Utf8Ranges() {}

    /** Bytes 1 to n, each in a range of its own. */
    @FunctionalInterface
    interface Sink {
        void accept(int[] from, int[] to);
    }

    /** All spellings of {@code set}, as sequences of byte ranges that do not overlap. */
    static void of(CodePointSet set, Sink sink) {
        for (int i = 0; i < set.size(); i++) {
            int from = set.from(i);
            for (int length = 1; length <= 4; length++) {
                int to = Math.min(set.to(i), LAST_OF_LENGTH[length - 1]);
                if (from <= to) {
                    split(from, to, length, sink);
                    from = to + 1;
                }
            }
        }
    }

    /** Cuts where a lead byte goes with some continuations only. */
    private static void split(int from, int to, int length, Sink sink) {
        for (int i = 1; i < length; i++) {
            int mask = (1 << (6 * i)) - 1;
            if ((from & ~mask) != (to & ~mask)) {
                if ((from & mask) != 0) {
                    split(from, from | mask, length, sink);
                    split((from | mask) + 1, to, length, sink);
                    return;
                }
                if ((to & mask) != mask) {
                    split(from, (to & ~mask) - 1, length, sink);
                    split(to & ~mask, to, length, sink);
                    return;
                }
            }
        }
        sink.accept(encode(from, length), encode(to, length));
    }

    private static int[] encode(int c, int length) {
        int[] bytes = new int[length];
        int rest = c;
        for (int i = length - 1; i > 0; i--) {
            bytes[i] = 0x80 | (rest & 0x3F);
            rest >>= 6;
        }
        bytes[0] = length == 1 ? rest : ((0xF00 >> length) & 0xFF) | rest;
        return bytes;
    }
}
