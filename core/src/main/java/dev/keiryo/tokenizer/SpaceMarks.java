package dev.keiryo.tokenizer;

import java.util.List;

/**
 * SentencePiece's treatment of normalized text before segmentation: the dummy prefix (or suffix), and a cut in front of
 * every run of marks where no piece reaches across one; that changes no outcome, but keeps pre-tokens short.
 */
final class SpaceMarks implements PreTokenizer {
    /** Where the mark that stands for an assumed space goes. */
    enum Dummy {
        NONE,
        /** Before every stretch of text between special tokens. */
        PREFIX,
        /** Only at the start of the whole text. */
        PREFIX_OF_TEXT,
        /** After every stretch. */
        SUFFIX
    }

    private final char mark;
    private final Dummy dummy;
    private final boolean cut;

    /**
     * @param mark what stands for a space in pieces: ▁, or a plain space
     * @param pieces the vocabulary, to see whether cutting is possible
     */
    SpaceMarks(char mark, Dummy dummy, List<String> pieces) {
        this.mark = mark;
        this.dummy = dummy;
        cut = pieces.contains(String.valueOf(mark)) && pieces.stream().noneMatch(this::reachesAcross);
    }

    private boolean reachesAcross(String piece) {
        for (int i = 1; i < piece.length(); i++) {
            if (piece.charAt(i) == mark && piece.charAt(i - 1) != mark) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void split(String text, int from, int to, boolean first, Pieces out) {
        if (from == to) {
            return;
        }
        if (dummy == Dummy.PREFIX || (dummy == Dummy.PREFIX_OF_TEXT && first)) {
            cut(mark + text.substring(from, to), 0, to - from + 1, out);
        } else if (dummy == Dummy.SUFFIX) {
            cut(text.substring(from, to) + mark, 0, to - from + 1, out);
        } else {
            cut(text, from, to, out);
        }
    }

    private void cut(String text, int from, int to, Pieces out) {
        int start = from;
        for (int i = from + 1; cut && i < to; i++) {
            if (text.charAt(i) == mark && text.charAt(i - 1) != mark) {
                out.accept(text, start, i);
                start = i;
            }
        }
        out.accept(text, start, to);
    }
}
