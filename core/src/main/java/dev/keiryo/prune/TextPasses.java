package dev.keiryo.prune;

import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.model.Ops;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Texts, gathered into forward passes whose results nobody wants: what happens on the way is watched. */
final class TextPasses {
    /** Tokens of a forward pass, unless a text is longer. */
    private static final int PASS = 1024;

    private final CalibrationTexts texts;
    /** The first text of each pass, and behind them how many texts there are. */
    private final List<Integer> starts = new ArrayList<>();

    /**
     * Tokens that a pass reads.
     *
     * @param first tokens of the passes before
     * @param count its own
     */
    record Stretch(long first, int count) {
        private Stretch next(int newCount) {
            return new Stretch(first + count, newCount);
        }
    }

    /** Says who watches a pass. */
    @FunctionalInterface
    interface Observers {
        /** @param source of encoder-decoders: what is encoded; of others nothing */
        UnaryOperator<Ops> of(Stretch source, Stretch text);
    }

    TextPasses(CalibrationTexts texts) {
        this.texts = texts;
        int room = 0;
        for (int i = 0; i < texts.texts().size(); i++) {
            int length = Math.max(texts.texts().get(i).length, source(i).length);
            if (length > room) {
                starts.add(i);
                room = PASS;
            }
            room -= length;
        }
        starts.add(texts.texts().size());
    }

    private int[] source(int i) {
        return texts.sources().isEmpty() ? new int[0] : texts.sources().get(i);
    }

    /** Of all texts. */
    long tokens() {
        return texts.texts().stream().mapToLong(t -> t.length).sum();
    }

    /** Of all texts that are encoded before. */
    long sourceTokens() {
        return texts.sources().stream().mapToLong(t -> t.length).sum();
    }

    /**
     * Runs them through {@code model}.
     *
     * @throws IllegalArgumentException where these are not texts for it
     */
    void run(Checkpoint model, EngineOptions options, Observers observers) throws IOException {
        try (Engine engine = Engine.open(model, options)) {
            texts.requireTextsFor(engine);
            List<Sequence> sequences = new ArrayList<>();
            try {
                Stretch source = new Stretch(0, 0);
                Stretch text = new Stretch(0, 0);
                for (int pass = 0; pass + 1 < starts.size(); pass++) {
                    Batch encoded = new Batch();
                    Batch batch = new Batch();
                    for (int i = starts.get(pass); i < starts.get(pass + 1); i++) {
                        int place = i - starts.get(pass);
                        if (place == sequences.size()) {
                            sequences.add(engine.newSequence(texts.longest()));
                        }
                        Sequence sequence = sequences.get(place);
                        sequence.truncate(0);
                        add(batch, sequence, texts.texts().get(i));
                        if (source(i).length > 0) {
                            add(encoded, sequence, source(i));
                        }
                    }
                    source = source.next(encoded.count());
                    text = text.next(batch.count());
                    UnaryOperator<Ops> observer = observers.of(source, text);
                    if (encoded.count() > 0) {
                        engine.forward(encoded, batch, observer);
                    } else {
                        engine.forward(batch, observer);
                    }
                }
            } finally {
                sequences.forEach(Sequence::close);
            }
        }
    }

    private static void add(Batch batch, Sequence sequence, int[] tokens) {
        batch.add(sequence, tokens, 0, tokens.length, Batch.Output.NONE);
    }
}
