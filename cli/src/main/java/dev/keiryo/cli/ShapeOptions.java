package dev.keiryo.cli;

import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import java.util.Iterator;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** What differs from a known shape's own numbers. */
final class ShapeOptions {
    /** For the help. */
    static final class ShapeNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return ModelShapes.all().stream().map(ModelShape::name).iterator();
        }
    }

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

    @Option(names = "--experts", paramLabel = "N", description = "Another number of experts in a layer.")
    private int experts;

    @Option(
            names = "--experts-used",
            paramLabel = "N",
            description = "Another number of experts for a token: 1 is Switch, 2 GShard.")
    private int expertsUsed;

    /** The named shape with the numbers that were given. */
    ModelShape of(String name) {
        ModelShape shape = ModelShapes.find(name);
        if (shape == null) {
            throw new UsageException("there is no shape " + name + "; there are "
                    + ModelShapes.all().stream().map(ModelShape::name).collect(Collectors.joining(", ")));
        }
        if ((layers | hidden | ffn | heads | kvHeads | vocabulary | context | experts | expertsUsed) < 0) {
            throw new UsageException("the numbers of a shape should be positive");
        }
        try {
            return shape.withExperts(experts, expertsUsed)
                    .with(layers, hidden, ffn, heads, kvHeads, vocabulary, context);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    /** For a model that has a tokenizer: its size is the vocabulary's. */
    ModelShape of(String name, int tokens) {
        if (vocabulary != 0) {
            throw new UsageException("--vocab follows from the tokenizer, which has " + tokens + " tokens");
        }
        ModelShape shape = of(name);
        return shape.with(0, 0, 0, 0, shape.kvHeads(), tokens, 0);
    }

    /** Takes over the numbers of {@code shape}, but for the vocabulary's. */
    void settle(ModelShape shape) {
        layers = shape.layers();
        hidden = shape.hidden();
        ffn = shape.ffn();
        heads = shape.heads();
        kvHeads = shape.kvHeads();
        context = shape.context();
        experts = shape.experts();
        expertsUsed = shape.expertsUsed();
    }

    /** Whether any of these options was given. */
    boolean isDescribed() {
        return (layers | hidden | ffn | heads | kvHeads | vocabulary | context | experts | expertsUsed) != 0;
    }
}
