package dev.keiryo.train.data;

/**
 * How documents are read from files.
 *
 * @param field the field of JSON Lines, or the column of Parquet, that holds the text; names within names joined by dots
 * @param unit what a document is in plain text
 * @param limit bytes of UTF-8 that a document may have at most; more is an error
 * @param piece characters (UTF-16 units) above which a document is cut into several, where a paragraph, line or sentence ends; 0 for never
 */
public record ReadOptions(String field, TextUnit unit, int limit, int piece) {
    /** Field {@code text}; a file is a document, at most 64 MiB, never cut. */
    public static final ReadOptions DEFAULT = new ReadOptions("text", TextUnit.FILE, 64 << 20, 0);

    public ReadOptions {
        if (field.isEmpty() || field.startsWith(".") || field.endsWith(".") || field.contains("..")) {
            throw new IllegalArgumentException(
                    "a field is a name, or names joined by dots, such as data.text, not '" + field + "'");
        }
        if (limit < 1) {
            throw new IllegalArgumentException("the limit of a document is at least 1 byte, but is " + limit);
        }
        if (piece < 0 || (piece > 0 && piece < 16)) {
            throw new IllegalArgumentException(
                    "pieces of documents have at least 16 characters (0: whole documents), but the limit is " + piece);
        }
    }

    public ReadOptions withField(String name) {
        return new ReadOptions(name, unit, limit, piece);
    }

    public ReadOptions withUnit(TextUnit changed) {
        return new ReadOptions(field, changed, limit, piece);
    }

    public ReadOptions withLimit(int bytes) {
        return new ReadOptions(field, unit, bytes, piece);
    }

    public ReadOptions withPiece(int characters) {
        return new ReadOptions(field, unit, limit, characters);
    }
}
