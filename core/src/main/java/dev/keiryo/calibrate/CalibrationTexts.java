package dev.keiryo.calibrate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.measure.PerplexityDefinition.LlamaCpp;
import dev.keiryo.measure.Window;
import dev.keiryo.model.Ops;
import dev.keiryo.model.Transformer;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Texts as tokens, each read from nothing, that a model is watched on.
 *
 * @param sources of encoder-decoders: what the encoder reads before each of the texts, which are the decoder's; empty for others
 */
public record CalibrationTexts(List<int[]> sources, List<int[]> texts) {
    public CalibrationTexts {
        sources = List.copyOf(sources);
        texts = List.copyOf(texts);
        if (texts.isEmpty() || Stream.concat(sources.stream(), texts.stream()).anyMatch(t -> t.length == 0)) {
            throw new IllegalArgumentException("there is nothing to calibrate on");
        }
        if (!sources.isEmpty() && sources.size() != texts.size()) {
            throw new IllegalArgumentException(sources.size() + " texts to encode for " + texts.size());
        }
    }

    /** Of models that are a decoder or an encoder. */
    public CalibrationTexts(List<int[]> texts) {
        this(List.of(), texts);
    }

    /** All that is fed where {@code windows} are predicted. */
    public static CalibrationTexts of(List<Window> windows) {
        boolean encoded = !windows.isEmpty() && windows.getFirst().source().length > 0;
        return new CalibrationTexts(
                encoded ? windows.stream().map(Window::source).toList() : List.of(),
                windows.stream()
                        .map(w -> encoded ? Arrays.copyOf(w.ids(), w.ids().length - 1) : w.ids())
                        .toList());
    }

    /**
     * {@code text} in chunks of {@code context} tokens one after the other; a rest is left out. Where the model puts a beginning
     * of text before texts, it replaces each chunk's first token. As {@link LlamaCpp} and llama-imatrix cut texts.
     *
     * @param most chunks
     * @throws IllegalArgumentException where the text is too short
     */
    public static CalibrationTexts cut(Tokenizer tokenizer, String text, int context, int most) {
        return of(new LlamaCpp(context)
                .windows(tokenizer, text).stream().limit(most).toList());
    }

    /**
     * Lines of {@code text} that are not blank, with the special tokens that the model puts around texts: what encoders are watched on.
     * What is longer than {@code context} is cut off.
     *
     * @param most lines
     * @throws IllegalArgumentException where there are none
     */
    public static CalibrationTexts lines(Tokenizer tokenizer, String text, int context, int most) {
        return new CalibrationTexts(text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .limit(most)
                .map(line -> tokenizer.encode(line, SpecialTokens.LITERAL, true))
                .map(ids -> Arrays.copyOf(ids, Math.min(ids.length, context)))
                .toList());
    }

    /** Of all texts. */
    public long tokens() {
        return Stream.concat(sources.stream(), texts.stream())
                .mapToLong(t -> t.length)
                .sum();
    }

    /** Tokens of the longest text. */
    public int longest() {
        return Stream.concat(sources.stream(), texts.stream())
                .mapToInt(t -> t.length)
                .max()
                .orElse(0);
    }

    /**
     * Reads one text after the other through {@code observer}, all positions' results wanted.
     *
     * @param progress told how many texts have been read
     * @throws IllegalArgumentException where these are not texts for the engine's model
     */
    public void run(Engine engine, UnaryOperator<Ops> observer, IntConsumer progress) {
        requireTextsFor(engine);
        try (Sequence sequence = engine.newSequence(longest())) {
            for (int i = 0; i < texts.size(); i++) {
                sequence.truncate(0);
                Batch text = Batch.of(sequence, texts.get(i), Batch.Output.ALL);
                if (sources.isEmpty()) {
                    engine.forward(text, observer);
                } else {
                    engine.forward(Batch.of(sequence, sources.get(i), Batch.Output.NONE), text, observer);
                }
                progress.accept(i + 1);
            }
        }
    }

    /**
     * Reads all texts in one pass, so that each operation meets all tokens at once; but what makes results of them meets none.
     *
     * @throws IllegalArgumentException as {@link #run}
     */
    public void runTogether(Engine engine, UnaryOperator<Ops> observer) {
        runTogether(engine, observer, Batch.Output.NONE);
    }

    /** As above, where some results are wanted. */
    void runTogether(Engine engine, UnaryOperator<Ops> observer, Batch.Output outputs) {
        requireTextsFor(engine);
        List<Sequence> sequences = new ArrayList<>();
        try {
            Batch encoded = new Batch();
            Batch batch = new Batch();
            for (int i = 0; i < texts.size(); i++) {
                int[] text = texts.get(i);
                int[] source = sources.isEmpty() ? new int[0] : sources.get(i);
                Sequence sequence = engine.newSequence(Math.max(text.length, source.length));
                sequences.add(sequence);
                batch.add(sequence, text, 0, text.length, outputs);
                if (source.length > 0) {
                    encoded.add(sequence, source, 0, source.length, Batch.Output.NONE);
                }
            }
            if (sources.isEmpty()) {
                engine.forward(batch, observer);
            } else {
                engine.forward(encoded, batch, observer);
            }
        } finally {
            sequences.forEach(Sequence::close);
        }
    }

    /** @throws IllegalArgumentException where these are not texts for the engine's model */
    public void requireTextsFor(Engine engine) {
        boolean both = engine.transformer().kind() == Transformer.Kind.ENCODER_DECODER;
        if (both == sources.isEmpty()) {
            throw new IllegalArgumentException(engine.checkpoint().source()
                    + (both
                            ? " is an encoder-decoder, which needs texts to encode beside those to decode"
                            : " has no encoder and decoder, but there are texts for both"));
        }
    }
}
