package dev.keiryo.train.data;

/**
 * A text, and where it came from.
 *
 * @param text the whole text
 * @param file the file it was read from
 * @param line where it begins there: a line, or a row of a table, from 1
 */
public record Document(String text, String file, long line) {
    /** The same place with another text. */
    public Document withText(String changed) {
        return new Document(changed, file, line);
    }

    /** {@code file:line}. */
    public String origin() {
        return file + ":" + line;
    }
}
