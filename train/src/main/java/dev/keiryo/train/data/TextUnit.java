package dev.keiryo.train.data;

/**
 * What a document is in a file of plain text.
 *
 * @param kind how documents are told apart
 * @param separator the mark between two documents, for {@link Kind#SEPARATOR} only, else empty
 */
public record TextUnit(Kind kind, String separator) {
    private static final String SEPARATOR = "separator=";

    /** How documents are told apart. */
    public enum Kind {
        /** A file is a document. */
        FILE,
        /** Blank lines end a document. */
        PARAGRAPH,
        /** Each line is a document. */
        LINE,
        /** A mark ends a document. */
        SEPARATOR
    }

    /** A file is a document. */
    public static final TextUnit FILE = new TextUnit(Kind.FILE, "");

    /** Blank lines end a document. */
    public static final TextUnit PARAGRAPH = new TextUnit(Kind.PARAGRAPH, "");

    /** Each line is a document. */
    public static final TextUnit LINE = new TextUnit(Kind.LINE, "");

    public TextUnit {
        if ((kind == Kind.SEPARATOR) == separator.isEmpty() || separator.indexOf('\n') >= 0) {
            throw new IllegalArgumentException(
                    "documents are told apart by file, paragraph, line, or separator=MARK with a mark on one line");
        }
    }

    /** {@code file}, {@code paragraph}, {@code line} or {@code separator=MARK}. */
    public static TextUnit parse(String text) {
        return switch (text) {
            case "file" -> FILE;
            case "paragraph" -> PARAGRAPH;
            case "line" -> LINE;
            default -> {
                if (!text.startsWith(SEPARATOR)) {
                    throw new IllegalArgumentException(
                            "expected file, paragraph, line or separator=MARK, not '" + text + "'");
                }
                yield new TextUnit(Kind.SEPARATOR, text.substring(SEPARATOR.length()));
            }
        };
    }

    @Override
    public String toString() {
        return switch (kind) {
            case FILE -> "file";
            case PARAGRAPH -> "paragraph";
            case LINE -> "line";
            case SEPARATOR -> SEPARATOR + separator;
        };
    }
}
