package dev.keiryo.calibrate;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.engine.Engine;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.Workers;
import dev.keiryo.quantize.Importances;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * llama.cpp's importance matrix: for each column of a model's matrices, the mean of the squares of what it is multiplied by on
 * some text. Read from and written to both forms of file that llama.cpp has: {@link LegacyImatrix} and {@link GgufImatrix}.
 */
public final class ImportanceMatrix implements Importances {
    /**
     * What is known of one tensor.
     *
     * @param tensor GGUF's name of it
     * @param sums {@code Σ x_j²} of each column, of each expert in turn
     * @param counts of each expert, or of the one matrix: inputs x that were summed; 0 where there were none
     */
    public record Entry(String tensor, float[] sums, float[] counts) {
        public Entry {
            if (counts.length == 0 || sums.length == 0 || sums.length % counts.length != 0) {
                throw new IllegalArgumentException(
                        tensor + ": " + sums.length + " columns are not those of " + counts.length + " matrices");
            }
        }

        /**
         * {@code Σ x_j² / count} of each column, of each expert in turn. An expert that nothing is known of has the mean of the others.
         * Null where nothing is known of any.
         */
        float @Nullable [] means() {
            int cols = sums.length / counts.length;
            float[] means = new float[sums.length];
            double[] others = new double[cols];
            int known = 0;
            for (int m = 0; m < counts.length; m++) {
                if (counts[m] > 0) {
                    known++;
                    for (int j = 0; j < cols; j++) {
                        means[m * cols + j] = sums[m * cols + j] / counts[m];
                        others[j] += means[m * cols + j];
                    }
                }
            }
            for (int m = 0; m < counts.length; m++) {
                for (int j = 0; counts[m] <= 0 && known > 0 && j < cols; j++) {
                    means[m * cols + j] = (float) (others[j] / known);
                }
            }
            return known == 0 ? null : means;
        }
    }

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, float[]> means = new LinkedHashMap<>();
    private final List<String> texts;
    private final int chunks;
    private final int chunkSize;

    /**
     * @param entries each of another tensor
     * @param texts names of what it was computed on
     * @param chunks how many were read
     * @param chunkSize tokens of each; 0 where that is not known
     */
    public ImportanceMatrix(Collection<Entry> entries, List<String> texts, int chunks, int chunkSize) {
        for (Entry e : entries) {
            if (this.entries.put(e.tensor(), e) != null) {
                throw new IllegalArgumentException("tensor " + e.tensor() + " is there twice");
            }
            float[] mean = e.means();
            if (mean != null) {
                means.put(e.tensor(), mean);
            }
        }
        this.texts = List.copyOf(texts);
        this.chunks = chunks;
        this.chunkSize = chunkSize;
    }

    /**
     * What {@code texts} show of the model of {@code engine}.
     *
     * @param output whether of the output matrix, too
     * @param name of the texts
     * @param progress told how many of them have been read
     */
    public static ImportanceMatrix measured(
            Engine engine, CalibrationTexts texts, boolean output, String name, IntConsumer progress)
            throws FormatException {
        try (Workers workers = new Workers(engine.threads());
                InputObserver observer = new InputObserver(
                        matrix -> output || matrix.isInLayer(), matrix -> false, Kernels.best(), workers)) {
            texts.run(engine, observer::wrap, progress);
            Metadata keys = engine.checkpoint().metadata();
            int experts = keys.integer(keys.architecture() + ".expert_count", 0);
            return of(observer, experts, List.of(name), texts.texts().size(), texts.longest());
        }
    }

    /**
     * What {@code observer} has gathered.
     *
     * @param experts of a layer; 0 where the model has none
     */
    public static ImportanceMatrix of(
            InputObserver observer, int experts, List<String> texts, int chunks, int chunkSize) {
        Map<String, TreeMap<Integer, InputStatistics>> tensors = new LinkedHashMap<>();
        observer.all()
                .forEach((name, of) -> tensors.computeIfAbsent(name.tensor(), n -> new TreeMap<>())
                        .put(name.expert(), of));
        List<Entry> entries = new ArrayList<>();
        tensors.forEach((tensor, matrices) -> entries.add(entry(tensor, matrices, experts)));
        return new ImportanceMatrix(entries, texts, chunks, chunkSize);
    }

    private static Entry entry(String tensor, SortedMap<Integer, InputStatistics> matrices, int experts) {
        boolean alone = matrices.firstKey() < 0;
        int count = alone ? 1 : Math.max(experts, matrices.lastKey() + 1);
        int cols = matrices.values().iterator().next().cols();
        float[] sums = new float[count * cols];
        float[] counts = new float[count];
        matrices.forEach((expert, of) -> {
            int m = alone ? 0 : expert;
            counts[m] = of.rows();
            for (int j = 0; j < cols; j++) {
                sums[m * cols + j] = (float) of.squares()[j];
            }
        });
        return new Entry(tensor, sums, counts);
    }

    /**
     * Reads either form.
     *
     * @throws FormatException where it is neither
     */
    public static ImportanceMatrix read(Path path) throws IOException {
        return GgufImatrix.isOne(path) ? GgufImatrix.read(path) : LegacyImatrix.read(path);
    }

    /** Writes it in the form that the name tells: GGUF for {@code NAME.gguf}, the legacy one otherwise. */
    public void write(Path path) throws IOException {
        if (path.toString().endsWith(".gguf")) {
            GgufImatrix.write(this, path);
        } else {
            LegacyImatrix.write(this, path);
        }
    }

    public Collection<Entry> entries() {
        return Collections.unmodifiableCollection(entries.values());
    }

    /** Names of what it was computed on. */
    public List<String> texts() {
        return texts;
    }

    /** How many chunks of text were read. */
    public int chunks() {
        return chunks;
    }

    /** Tokens of a chunk; 0 where that is not known. */
    public int chunkSize() {
        return chunkSize;
    }

    @Override
    public float @Nullable [] of(String tensor) {
        float[] mean = means.get(tensor);
        return mean == null ? null : mean.clone();
    }
}
