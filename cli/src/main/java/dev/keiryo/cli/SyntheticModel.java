package dev.keiryo.cli;

import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.Synthesizer;
import dev.keiryo.synth.SyntheticModels;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which synthetic model to make: its type, seed, and what differs from the shape's own numbers. */
final class SyntheticModel {
    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "Type of the matrices: ${COMPLETION-CANDIDATES}. Needed.",
            converter = RecipeType.class,
            completionCandidates = RecipeType.class)
    private @Nullable Recipe type;

    @Option(names = "--seed", paramLabel = "S", description = "Of the random weights. Default: ${DEFAULT-VALUE}")
    private long seed = 1;

    @Mixin
    private ShapeOptions shape = new ShapeOptions();

    /** The named shape with the numbers that were given. */
    ModelShape shape(String name) {
        return shape.of(name);
    }

    Recipe recipe() {
        if (type == null) {
            throw new UsageException("--type is needed; there are " + RecipeType.known());
        }
        return type;
    }

    /** Whether any of these options but the seed was given. */
    boolean isDescribed() {
        return type != null || shape.isDescribed();
    }

    void write(String shapeName, Path out, int threads) throws IOException {
        ModelShape described = shape(shapeName);
        Recipe recipe = recipe();
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            Synthesizer.write(described, recipe, seed, out, threads, shownOn(bar, out));
        }
    }

    /** The model's file in the cache, written first where it is not there. */
    Path cached(String shapeName, int threads) throws IOException {
        ModelShape described = shape(shapeName);
        Recipe recipe = recipe();
        SyntheticModels models = SyntheticModels.of(System.getenv(), Path.of(System.getProperty("user.home")));
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            return models.get(described, recipe, seed, threads, shownOn(bar, models.path(described, recipe, seed)));
        }
    }

    private static Synthesizer.Progress shownOn(ProgressBar bar, Path file) {
        String name = String.valueOf(file.getFileName());
        boolean[] begun = {false};
        return (tensor, done, total) -> {
            if (!begun[0]) {
                bar.begin(1, total);
                begun[0] = true;
                bar.update(name, 0, total);
            }
            bar.update(name, done, total);
        };
    }
}
