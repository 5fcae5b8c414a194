package dev.keiryo.cli;

import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.Synthesizer;
import dev.keiryo.synth.SyntheticModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which synthetic model to make: its type, seed, and what differs from the shape's own numbers. */
final class SyntheticModel {
    /** For the help. */
    static final class ShapeNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return ModelShapes.all().stream().map(ModelShape::name).iterator();
        }
    }

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "Type of the matrices: ${COMPLETION-CANDIDATES}. Needed.",
            converter = RecipeType.class,
            completionCandidates = RecipeType.class)
    private @Nullable Recipe type;

    @Option(names = "--seed", paramLabel = "S", description = "Of the random weights. Default: ${DEFAULT-VALUE}")
    private long seed = 1;

    @Option(names = "--layers", paramLabel = "N", description = "Another number of layers.")
    private int layers;

    @Option(names = "--hidden", paramLabel = "N", description = "Another width of the residual stream.")
    private int hidden;

    @Option(names = "--ffn", paramLabel = "N", description = "Another width of the feed-forward.")
    private int ffn;

    @Option(names = "--heads", paramLabel = "N", description = "Another number of heads.")
    private int heads;

    @Option(names = "--kv-heads", paramLabel = "N", description = "Another number of key/value heads.")
    private int kvHeads;

    @Option(names = "--vocab", paramLabel = "N", description = "Another number of tokens.")
    private int vocabulary;

    @Option(names = "--context", paramLabel = "N", description = "Another number of positions.")
    private int context;

    /** The named shape with the numbers that were given. */
    ModelShape shape(String name) {
        ModelShape shape = ModelShapes.find(name);
        if (shape == null) {
            throw new UsageException("there is no shape " + name + "; there are "
                    + ModelShapes.all().stream().map(ModelShape::name).collect(Collectors.joining(", ")));
        }
        if ((layers | hidden | ffn | heads | kvHeads | vocabulary | context) < 0) {
            throw new UsageException("the numbers of a shape should be positive");
        }
        try {
            return shape.with(layers, hidden, ffn, heads, kvHeads, vocabulary, context);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    Recipe recipe() {
        if (type == null) {
            throw new UsageException("--type is needed; there are " + RecipeType.known());
        }
        return type;
    }

    /** Whether any of these options but the seed was given. */
    boolean isDescribed() {
        return type != null || (layers | hidden | ffn | heads | kvHeads | vocabulary | context) != 0;
    }

    void write(String shapeName, Path out, int threads) throws IOException {
        ModelShape shape = shape(shapeName);
        Recipe recipe = recipe();
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            Synthesizer.write(shape, recipe, seed, out, threads, shownOn(bar, out));
        }
    }

    /** The model's file in the cache, written first where it is not there. */
    Path cached(String shapeName, int threads) throws IOException {
        ModelShape shape = shape(shapeName);
        Recipe recipe = recipe();
        SyntheticModels models = SyntheticModels.of(System.getenv(), Path.of(System.getProperty("user.home")));
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            return models.get(shape, recipe, seed, threads, shownOn(bar, models.path(shape, recipe, seed)));
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
