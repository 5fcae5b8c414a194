package dev.keiryo.cli;

import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.Recipe;
import dev.keiryo.synth.Synthesizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    /** For the help. */
    static final class TypeNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return types().iterator();
        }
    }

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "Type of the matrices: ${COMPLETION-CANDIDATES}. Needed.",
            completionCandidates = TypeNames.class)
    private @Nullable String type;

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

    private static Stream<String> types() {
        return Arrays.stream(Recipe.values()).map(Recipe::label);
    }

    /** The named shape with the numbers that were given. */
    ModelShape shape(String name) {
        ModelShape shape = ModelShapes.find(name.toLowerCase(Locale.ROOT));
        if (shape == null) {
            throw new UsageException("there is no shape " + name + "; there are "
                    + ModelShapes.all().stream().map(ModelShape::name).collect(Collectors.joining(", ")));
        }
        try {
            return shape.with(layers, hidden, ffn, heads, kvHeads, vocabulary, context);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    Recipe recipe() {
        String wanted = type;
        String known = types().collect(Collectors.joining(", "));
        if (wanted == null) {
            throw new UsageException("--type is needed; there are " + known);
        }
        return Arrays.stream(Recipe.values())
                .filter(r -> r.label().equalsIgnoreCase(wanted))
                .findFirst()
                .orElseThrow(() -> new UsageException("there is no type " + wanted + "; there are " + known));
    }

    void write(ModelShape shape, Path out, int threads) throws IOException {
        Recipe recipe = recipe();
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            bar.begin(1, Synthesizer.bytes(shape, recipe));
            Synthesizer.write(
                    shape,
                    recipe,
                    seed,
                    out,
                    threads,
                    (tensor, done, total) -> bar.update(String.valueOf(out.getFileName()), done, total));
        }
    }
}
