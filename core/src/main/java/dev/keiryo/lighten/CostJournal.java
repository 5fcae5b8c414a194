package dev.keiryo.lighten;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Costs as they are measured, in a {@link Journal}. */
final class CostJournal implements AutoCloseable {
    private static final String FORMAT = "keiryo type costs 1 ";

    private final Journal journal;
    private final Map<String, Double> costs = new HashMap<>();

    /** @param origin all that decides about the costs, without line ends */
    CostJournal(Path file, String origin) throws IOException {
        journal = new Journal(file, FORMAT + origin);
        journal.known().forEach(this::take);
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

    /** What is known under {@code key}; otherwise what {@code measuring} finds. */
    double of(String key, Measuring measuring) throws IOException {
        Double known = costs.get(key);
        if (known != null) {
            return known;
        }
        double found = measuring.get();
        costs.put(key, found);
        journal.add(key + "\t" + found);
        return found;
    }

    /** Removes the file: the work that it was for is done. */
    void delete() throws IOException {
        journal.delete();
    }

    /** The file stays. */
    @Override
    public void close() {
        journal.close();
    }
}
