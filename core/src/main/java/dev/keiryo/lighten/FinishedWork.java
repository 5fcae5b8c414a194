package dev.keiryo.lighten;

import dev.keiryo.measure.ComparedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** What a lightening has measured, in a {@link Journal}: models by a key that says what they are. */
final class FinishedWork implements AutoCloseable {
    private static final String FORMAT = "keiryo lighten 1 ";
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Journal journal;
    private final Map<String, ComparedModel> models = new LinkedHashMap<>();

    /** @param origin all that decides about the figures, without line ends */
    FinishedWork(Path file, String origin) throws IOException {
        journal = new Journal(file, FORMAT + origin);
        journal.known().forEach(this::take);
    }

    private void take(String line) {
        int tab = line.indexOf('\t');
        try {
            if (tab > 0) {
                models.put(line.substring(0, tab), JSON.readValue(line.substring(tab + 1), ComparedModel.class));
            }
        } catch (JacksonException | IllegalArgumentException | NullPointerException e) {
            models.remove(line.substring(0, tab)); // it is measured again
        }
    }

    /** All that is known, in the order in which it was measured. */
    Map<String, ComparedModel> models() {
        return models;
    }

    @Nullable
    ComparedModel find(String key) {
        return models.get(key);
    }

    /** @param key without line ends and tabs */
    void add(String key, ComparedModel model) throws IOException {
        models.put(key, model);
        journal.add(key + "\t" + JSON.writeValueAsString(model));
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
