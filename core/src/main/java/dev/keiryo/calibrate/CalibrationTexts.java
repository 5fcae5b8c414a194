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

/** Texts as tokens, each read from nothing, that a model is watched on. */
public record CalibrationTexts(List<int[]> texts) {
    public CalibrationTexts {
        texts = List.copyOf(texts);
        if (texts.isEmpty() || texts.stream().anyMatch(t -> t.length == 0)) {
            throw new IllegalArgumentException("there is nothing to calibrate on");
        }
    }

    /**
     * {@code text} in chunks of {@code context} tokens one after the other; a rest is left out. Where the model puts a beginning
     * of text before texts, it replaces each chunk's first token. As {@link LlamaCpp} and llama-imatrix cut texts.
     *
     * @param most chunks
     * @throws IllegalArgumentException where the text is too short
     */
    public static CalibrationTexts cut(Tokenizer tokenizer, String text, int context, int most) {
        List<int[]> chunks = new LlamaCpp(context)
                .windows(tokenizer, text).stream().limit(most).map(Window::ids).toList();
        return new CalibrationTexts(chunks);
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
        return texts.stream().mapToLong(t -> t.length).sum();
    }

    /** Tokens of the longest text. */
    public int longest() {
        return texts.stream().mapToInt(t -> t.length).max().orElse(0);
    }

    /**
     * Reads one text after the other through {@code observer}, all positions' results wanted.
     *
     * @param progress told how many texts have been read
     * @throws IllegalArgumentException where the engine's model has an encoder and a decoder
     */
    public void run(Engine engine, UnaryOperator<Ops> observer, IntConsumer progress) {
        requireOnePart(engine);
        try (Sequence sequence = engine.newSequence(longest())) {
            for (int i = 0; i < texts.size(); i++) {
                sequence.truncate(0);
                engine.forward(Batch.of(sequence, texts.get(i), Batch.Output.ALL), observer);
                progress.accept(i + 1);
            }
        }
    }

    /** Reads all texts in one pass, so that each operation meets all tokens at once; but what makes results of them meets none. */
    public void runTogether(Engine engine, UnaryOperator<Ops> observer) {
        runTogether(engine, observer, Batch.Output.NONE);
    }

    /** As above, where some results are wanted. */
    void runTogether(Engine engine, UnaryOperator<Ops> observer, Batch.Output outputs) {
        requireOnePart(engine);
        List<Sequence> sequences = new ArrayList<>();
        try {
            Batch batch = new Batch();
            for (int[] text : texts) {
                Sequence sequence = engine.newSequence(text.length);
                sequences.add(sequence);
                batch.add(sequence, text, 0, text.length, outputs);
            }
            engine.forward(batch, observer);
        } finally {
            sequences.forEach(Sequence::close);
        }
    }

    private static void requireOnePart(Engine engine) {
        if (engine.transformer().kind() == Transformer.Kind.ENCODER_DECODER) {
            throw new IllegalArgumentException("the inputs of layers can be watched in decoders and in encoders, but "
                    + engine.checkpoint().source() + " is both");
        }
    }
}
