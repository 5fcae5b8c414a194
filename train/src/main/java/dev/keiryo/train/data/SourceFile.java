package dev.keiryo.train.data;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A file with documents.
 *
 * @param path the file
 * @param format what is in it
 * @param compressed whether that is compressed by gzip
 * @param bytes of the file as it lies on the disk
 */
public record SourceFile(Path path, Format format, boolean compressed, long bytes) {
    /** What a file holds. */
    public enum Format {
        TEXT("plain text"),
        JSON_LINES("JSON Lines"),
        PARQUET("Parquet");

        private final String words;

        Format(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /** The format that a file's name tells, or null where it tells none. */
    static @Nullable Format format(String name) {
        String plain = name.toLowerCase(Locale.ROOT);
        if (plain.endsWith(".gz")) {
            plain = plain.substring(0, plain.length() - 3);
        }
        return switch (plain.substring(plain.lastIndexOf('.') + 1)) {
            case "txt", "text", "md", "html", "htm", "xhtml" -> Format.TEXT;
            case "jsonl", "ndjson", "json" -> Format.JSON_LINES;
            case "parquet" -> Format.PARQUET;
            default -> null;
        };
    }

    static boolean compressed(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(".gz");
    }
}
