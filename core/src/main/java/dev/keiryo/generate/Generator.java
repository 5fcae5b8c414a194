package dev.keiryo.generate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.generate.Generation.StopReason;
import dev.keiryo.model.Transformer.Kind;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.IntSequence;
import dev.keiryo.tokenizer.Tokenizer;
import java.util.Set;
import java.util.SplittableRandom;

/** The loop of generation: prefill the prompt, then draw, show and feed back one token at a time. */
public final class Generator {
    /** Tokens of a prompt that are processed at a time. */
    public static final int PREFILL = 512;

    private final Engine engine;
    private final Tokenizer tokenizer;
    private final Set<Integer> endOfText;
    private final int decoderStart;

    /**
     * @param endOfText tokens that end a text
     * @param decoderStart what an encoder-decoder's decoder starts with
     */
    public Generator(Engine engine, Tokenizer tokenizer, Set<Integer> endOfText, int decoderStart) {
        this.engine = engine;
        this.tokenizer = tokenizer;
        this.endOfText = Set.copyOf(endOfText);
        this.decoderStart = decoderStart;
    }

    /** Receives each stretch of text as it is certain. */
    @FunctionalInterface
    public interface Listener {
        /** Returns false to stop. */
        boolean text(String text);

        /** Called once, before all text: the prompt has been found to fit and is processed next. */
        default void accepted(int promptTokens) {}
    }

    /**
     * Continues {@code prompt}; for an encoder-decoder, answers it.
     *
     * @throws IllegalArgumentException where the prompt does not fit the context, or the model cannot generate
     */
    public Generation generate(int[] prompt, GenerateOptions options, Listener listener) {
        boolean encoderDecoder = engine.transformer().kind() == Kind.ENCODER_DECODER;
        if (engine.transformer().kind() == Kind.ENCODER) {
            throw new IllegalArgumentException(
                    "this model is an encoder: it gives hidden states, not text; see keiryo logits");
        }
        if (prompt.length == 0) {
            throw new IllegalArgumentException("the prompt is empty, and this model adds no beginning-of-text token");
        }
        int[] start = encoderDecoder ? new int[] {decoderStart} : prompt;
        int capacity = capacity(Math.max(prompt.length, start.length), start.length, options);
        try (Sequence sequence = engine.newSequence(capacity)) {
            listener.accepted(prompt.length);
            long begin = System.nanoTime();
            if (encoderDecoder) {
                engine.encode(sequence, prompt);
            }
            Matrix logits = prefill(sequence, start);
            long prefilled = System.nanoTime();
            Tokenizer.StreamDecoder decoder = tokenizer.stream(true);
            if (!encoderDecoder) {
                for (int id : prompt) {
                    decoder.next(id);
                }
            }
            Run run = new Run(sequence, options, decoder, listener);
            StopReason reason = run.loop(logits);
            return new Generation(
                    run.text.toString(),
                    run.tokens.toArray(),
                    reason,
                    prompt.length,
                    prefilled - begin,
                    System.nanoTime() - prefilled);
        }
    }

    private int capacity(int longest, int start, GenerateOptions options) {
        int limit = options.context() > 0
                ? options.context()
                : engine.transformer().shape().context();
        if (longest > limit) {
            throw new IllegalArgumentException("the prompt has " + longest + " tokens, but the context holds " + limit
                    + (options.context() > 0 ? "; ask for a larger one with --ctx" : "; shorten the prompt"));
        }
        if (options.context() > 0) {
            return limit;
        }
        return (int) Math.max(longest, Math.min(limit, (long) start + options.maxTokens()));
    }

    private Matrix prefill(Sequence sequence, int[] ids) {
        Batch batch = new Batch();
        for (int from = 0; ; from += PREFILL) {
            int to = Math.min(ids.length, from + PREFILL);
            boolean last = to == ids.length;
            Matrix result = engine.forward(
                    batch.clear().add(sequence, ids, from, to, last ? Batch.Output.LAST : Batch.Output.NONE));
            if (last) {
                return result;
            }
        }
    }

    /** The state of one generation. */
    private final class Run {
        final StringBuilder text = new StringBuilder();
        final IntSequence tokens = new IntSequence();
        private final Sequence sequence;
        private final GenerateOptions options;
        private final Tokenizer.StreamDecoder decoder;
        private final Listener listener;
        private final StopStrings stops;
        private final Sampler sampler;

        Run(Sequence sequence, GenerateOptions options, Tokenizer.StreamDecoder decoder, Listener listener) {
            this.sequence = sequence;
            this.options = options;
            this.decoder = decoder;
            this.listener = listener;
            this.stops = new StopStrings(options.stops());
            this.sampler = new Sampler(options.sampling(), new SplittableRandom(options.seed()));
        }

        StopReason loop(Matrix logits) {
            Batch batch = new Batch();
            int[] next = new int[1];
            while (tokens.size() < options.maxTokens()) {
                next[0] = sampler.sample(logits, 0);
                tokens.add(next[0]);
                if (endOfText.contains(next[0])) {
                    return finish(StopReason.END_OF_TEXT);
                }
                if (!show(stops.accept(decoder.next(next[0])))) {
                    return StopReason.CANCELLED;
                }
                if (stops.stopped()) {
                    return StopReason.STOP_STRING;
                }
                if (tokens.size() == options.maxTokens()) {
                    break;
                }
                if (sequence.length() == sequence.capacity()) {
                    return finish(StopReason.CONTEXT_FULL);
                }
                logits = engine.forward(batch.clear().add(sequence, next, 0, 1, Batch.Output.LAST));
            }
            return finish(StopReason.MAX_TOKENS);
        }

        private StopReason finish(StopReason reason) {
            String rest = stops.accept(decoder.finish());
            boolean stoppedNow = stops.stopped();
            show(rest + stops.finish());
            return stoppedNow ? StopReason.STOP_STRING : reason;
        }

        private boolean show(String part) {
            text.append(part);
            return part.isEmpty() || listener.text(part);
        }
    }
}
