package dev.keiryo.train.data;

import java.io.IOException;

/** Long documents in pieces: each ends where a paragraph, a line, a sentence or a word does, in this order of preference. */
final class Pieces {
    private Pieces() {}

    /** @param size characters (UTF-16 units) that a piece has at most */
    static void cut(Document document, int size, DocumentSink sink) throws IOException {
        String text = document.text();
        long line = document.line();
        for (int from = 0; from < text.length(); ) {
            int to = end(text, from, size);
            String piece = text.substring(from, to);
            if (!piece.isBlank()) {
                sink.accept(new Document(piece.strip(), document.file(), line + leading(piece)));
            }
            line += piece.chars().filter(c -> c == '\n').count();
            from = to;
        }
    }

    private static long leading(String piece) {
        long lines = 0;
        for (int i = 0; i < piece.length() && Character.isWhitespace(piece.charAt(i)); i++) {
            lines += piece.charAt(i) == '\n' ? 1 : 0;
        }
        return lines;
    }

    private static int end(String text, int from, int size) {
        if (text.length() - from <= size) {
            return text.length();
        }
        int least = from + size / 2;
        int most = from + size;
        int line = -1;
        int sentence = -1;
        int word = -1;
        for (int i = most - 1; i >= least; i--) {
            char c = text.charAt(i);
            if (c == '\n') {
                if (i > from && text.charAt(i - 1) == '\n') {
                    return i + 1;
                }
                line = Math.max(line, i + 1);
            } else if ("。！？".indexOf(c) >= 0 || (".!?".indexOf(c) >= 0 && i + 1 < most && text.charAt(i + 1) == ' ')) {
                sentence = Math.max(sentence, i + 1);
            } else if (Character.isWhitespace(c)) {
                word = Math.max(word, i + 1);
            }
        }
        int best = line > 0 ? line : sentence > 0 ? sentence : word > 0 ? word : most;
        return Character.isLowSurrogate(text.charAt(best)) && Character.isHighSurrogate(text.charAt(best - 1))
                ? best - 1
                : best;
    }
}
