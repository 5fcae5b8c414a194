package dev.keiryo.lighten;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Costs as they are measured, a line each, in a file that a later process which measures the same goes on with. A line that was cut off, and
 * a file that is about anything else, count as not there.
 */
final class CostJournal implements AutoCloseable {
    private static final String FORMAT = "keiryo type costs 1 ";

    private final Path file;
    private final Map<String, Double> costs = new HashMap<>();
    private final BufferedWriter out;

    /** @param origin all that decides about the costs, without line ends */
    CostJournal(Path file, String origin) throws IOException {
        this.file = file;
        byte[] whole = Files.isRegularFile(file) ? wholeLines(Files.readAllBytes(file)) : new byte[0];
        // Latin-1 has a character for any bytes; what is no number is not taken.
        List<String> lines =
                new String(whole, StandardCharsets.ISO_8859_1).lines().toList();
        if (!lines.isEmpty() && lines.getFirst().equals(FORMAT + origin)) {
            lines.stream().skip(1).forEach(this::take);
            Files.write(file, whole);
            out = Files.newBufferedWriter(file, StandardCharsets.ISO_8859_1, StandardOpenOption.APPEND);
        } else {
            out = Files.newBufferedWriter(file, StandardCharsets.ISO_8859_1);
            out.write(FORMAT + origin + "\n");
            out.flush();
        }
    }

    private static byte[] wholeLines(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        return Arrays.copyOf(bytes, end);
    }

    private void take(String line) {
        int tab = line.lastIndexOf('\t');
        try {
            if (tab > 0) {
                costs.put(line.substring(0, tab), Double.valueOf(line.substring(tab + 1)));
            }
        } catch (NumberFormatException e) {
            costs.remove(line.substring(0, tab)); // it is measured again
        }
    }

    /** Measures a cost. */
    interface Measuring {
        double get() throws IOException;
    }

    /** What is known under {@code key}, of ASCII; otherwise what {@code measuring} finds. */
    double of(String key, Measuring measuring) throws IOException {
        Double known = costs.get(key);
        if (known != null) {
            return known;
        }
        double found = measuring.get();
        costs.put(key, found);
        out.write(key + "\t" + found + "\n");
        out.flush();
        return found;
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
