package dev.keiryo.prune;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.gguf.GgufWriter;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Layers that have been pruned, each in a GGUF file of its own, for a later process that does the same to go on with. A file that is damaged, or
 * about anything else, counts as not there.
 */
final class FinishedLayers implements AutoCloseable {
    private static final String ORIGIN = "keiryo.origin";

    private final Path folder;
    private final String origin;
    private final List<Checkpoint> open = new ArrayList<>();

    /**
     * @param folder which is made where it is missing
     * @param origin all that decides about the layers
     */
    FinishedLayers(Path folder, String origin) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.origin = origin;
    }

    private Path file(int layer) {
        return folder.resolve("layer-" + layer + ".gguf");
    }

    /** Puts what there is of {@code matrices} in their place in {@code model}, all of one layer; false where it is not there. */
    boolean restore(int layer, List<Weight> matrices, EditedCheckpoint model) throws IOException {
        if (!Files.isRegularFile(file(layer))) {
            return false;
        }
        Checkpoint kept;
        try {
            kept = Gguf.open(file(layer));
        } catch (FormatException e) {
            return false;
        }
        open.add(kept);
        MetadataValue from = kept.metadata().find(ORIGIN);
        if (from == null || !origin.equals(from.value())) {
            return false;
        }
        for (Weight w : matrices) {
            Weight found = kept.find(w.name());
            if (found == null || found.type() != Floats.kept(w.type()) || !Arrays.equals(found.shape(), w.shape())) {
                return false;
            }
        }
        for (Weight w : matrices) {
            model.replace(kept.weight(w.name()));
        }
        return true;
    }

    /** Keeps a layer's matrices. */
    void keep(int layer, List<Weight> matrices) throws IOException {
        GgufWriter writer = new GgufWriter(new Metadata(folder.toString(), Map.of(ORIGIN, MetadataValue.of(origin))));
        matrices.forEach(writer::add);
        writer.write(file(layer));
    }

    /** Removes what is kept in {@code folder}; it is needed no more. */
    static void delete(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (var files = Files.newDirectoryStream(folder, "layer-*.gguf")) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.deleteIfExists(folder);
        }
    }

    @Override
    public void close() {
        open.forEach(Checkpoint::close);
    }
}
