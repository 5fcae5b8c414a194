package dev.keiryo.lighten;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/**
 * Lines of UTF-8 that a process adds to a file as its work goes on, and that a later process which does the same finds there. A line that was
 * cut off, and a file that is about anything else, count as not there.
 */
final class Journal implements AutoCloseable {
    private final Path file;
    private final List<String> known;
    private final BufferedWriter out;

    /** @param origin all that decides about the lines, without line ends */
    Journal(Path file, String origin) throws IOException {
        this.file = file;
        byte[] whole = Files.isRegularFile(file) ? wholeLines(Files.readAllBytes(file)) : new byte[0];
        // Bytes that are no text become characters that no line was written with.
        List<String> lines = new String(whole, StandardCharsets.UTF_8).lines().toList();
        if (!lines.isEmpty() && lines.getFirst().equals(origin)) {
            known = List.copyOf(lines.subList(1, lines.size()));
            Files.write(file, whole);
            out = Files.newBufferedWriter(file, StandardOpenOption.APPEND);
        } else {
            known = List.of();
            out = Files.newBufferedWriter(file);
            add(origin);
        }
    }

    private static byte[] wholeLines(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        return Arrays.copyOf(bytes, end);
    }

    /** What was there when it was opened. */
    List<String> known() {
        return known;
    }

    /** @param line without line ends */
    void add(String line) throws IOException {
        out.write(line + "\n");
        out.flush();
    }

    /** Removes the file: the work that it was for is done. */
    void delete() throws IOException {
        out.close();
        Files.deleteIfExists(file);
    }

    /** The file stays. */
    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
