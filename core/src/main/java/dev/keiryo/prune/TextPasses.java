package dev.keiryo.prune;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.model.Ops;
import dev.keiryo.model.Transformer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Texts, gathered into forward passes whose results nobody wants: what happens on the way is watched. */
final class TextPasses {
    /** Tokens of a forward pass, unless a text is longer. */
    private static final int PASS = 1024;

    private final List<List<int[]>> passes = new ArrayList<>();
    private final int longest;
    private final long tokens;

    /** Says who watches a pass. */
    @FunctionalInterface
    interface Observers {
        /**
         * @param first tokens of the passes before
         * @param tokens of this one
         */
        UnaryOperator<Ops> of(long first, int tokens);
    }

    /** @param texts as tokens, each on its own; none is empty */
    TextPasses(List<int[]> texts) {
        int room = 0;
        int most = 0;
        long sum = 0;
        for (int[] text : texts) {
            if (text.length > room) {
                passes.add(new ArrayList<>());
                room = PASS;
            }
            passes.getLast().add(text);
            room -= text.length;
            sum += text.length;
            most = Math.max(most, text.length);
        }
        this.longest = most;
        this.tokens = sum;
    }

    /** Of all texts. */
    long tokens() {
        return tokens;
    }

    /**
     * Runs them through {@code model}.
     *
     * @throws IllegalArgumentException where it has an encoder and a decoder
     */
    void run(Checkpoint model, EngineOptions options, Observers observers) throws IOException {
        try (Engine engine = Engine.open(model, options)) {
            if (engine.transformer().kind() == Transformer.Kind.ENCODER_DECODER) {
                throw new IllegalArgumentException("inputs of layers can be watched in decoders and in encoders, but "
                        + model.source() + " is both (" + model.metadata().architecture() + ")");
            }
            List<Sequence> sequences = new ArrayList<>();
            try {
                long first = 0;
                for (List<int[]> pass : passes) {
                    Batch batch = new Batch();
                    for (int i = 0; i < pass.size(); i++) {
                        if (i == sequences.size()) {
                            sequences.add(engine.newSequence(longest));
                        }
                        sequences.get(i).truncate(0);
                        batch.add(sequences.get(i), pass.get(i), 0, pass.get(i).length, Batch.Output.NONE);
                    }
                    engine.forward(batch, observers.of(first, batch.count()));
                    first += batch.count();
                }
            } finally {
                sequences.forEach(Sequence::close);
            }
        }
    }
}
