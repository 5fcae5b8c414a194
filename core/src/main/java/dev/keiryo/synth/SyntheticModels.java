package dev.keiryo.synth;

import dev.keiryo.file.CacheFolder;
import dev.keiryo.quantize.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The folder in which synthetic models are kept, so that measuring one again need not write it again. */
public final class SyntheticModels {
    /** Raised whenever the same shape, recipe and seed give another file than before. */
    private static final int VERSION = 1;

    private final Path folder;

    public SyntheticModels(Path folder) {
        this.folder = folder;
    }

    /**
     * In folder {@code synth} of the {@link CacheFolder}.
     *
     * @param home the user's home folder
     */
    public static SyntheticModels of(Map<String, String> env, Path home) {
        return new SyntheticModels(CacheFolder.of(env, home).resolve("synth"));
    }

    /** Where such a model is kept, whether it is there or not. */
    public Path path(ModelShape shape, Recipe recipe, long seed) {
        StringBuilder name = new StringBuilder(shape.name());
        if (!shape.equals(ModelShapes.find(shape.name()))) {
            for (int n : new int[] {
                shape.layers(),
                shape.hidden(),
                shape.ffn(),
                shape.heads(),
                shape.kvHeads(),
                shape.vocabulary(),
                shape.context()
            }) {
                name.append('-').append(n);
            }
        }
        return folder.resolve(name + "-" + recipe.label() + "-seed" + seed + "-v" + VERSION + ".gguf");
    }

    /** The model's file, written first where it is not there. */
    public Path get(ModelShape shape, Recipe recipe, long seed, int threads, Synthesizer.Progress progress)
            throws IOException {
        Path path = path(shape, recipe, seed);
        if (!Files.exists(path)) {
            Files.createDirectories(folder);
            Synthesizer.write(shape, recipe, seed, path, threads, progress);
        }
        return path;
    }
}
