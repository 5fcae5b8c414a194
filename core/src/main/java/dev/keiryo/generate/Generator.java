package dev.keiryo.generate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.PromptFile;
import dev.keiryo.engine.Sequence;
import dev.keiryo.model.Ops;
import dev.keiryo.model.Transformer.Kind;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The loop of generation: prefill the prompt, then draw ({@link TextRun}) and feed back one token at a time. */
public final class Generator {
    /** Tokens of a prompt that are processed at a time. */
    public static final int PREFILL = 512;

    /** As {@link #PREFILL}, where all their logits are wanted. */
    private static final int SCORED = 128;

    private final Engine engine;
    private final Tokenizer tokenizer;
    private final Set<Integer> endOfText;
    private final int decoderStart;
    private final TokenTexts texts;

    /**
     * @param endOfText tokens that end a text
     * @param decoderStart what an encoder-decoder's decoder starts with
     */
    public Generator(Engine engine, Tokenizer tokenizer, Set<Integer> endOfText, int decoderStart) {
        this.engine = engine;
        this.tokenizer = tokenizer;
        this.endOfText = Set.copyOf(endOfText);
        this.decoderStart = decoderStart;
        this.texts = new TokenTexts(tokenizer);
    }

    /** Receives each stretch of text as it is certain. */
    @FunctionalInterface
    public interface Listener {
        /** Returns false to stop. */
        boolean text(String text);

        /** Called once, before all text: the prompt has been found to fit and is processed next. */
        default void accepted(int promptTokens) {}

        /** Asked between stretches of a long prompt; false stops before there is any text. */
        default boolean goesOn() {
            return true;
        }
    }

    /**
     * Continues {@code prompt}; for an encoder-decoder, answers it. {@code listener} is asked after each token, and between
     * stretches of the prompt.
     *
     * @throws IllegalArgumentException where the prompt does not fit the context, or the model cannot generate
     */
    public Generation generate(int[] prompt, GenerateOptions options, Listener listener) {
        requireTogether(options);
        try (Task task = begin(prompt, options, listener)) {
            try {
                return generate(task, options);
            } catch (CancellationException e) {
                return task.run.result(Generation.Drafts.NONE);
            }
        }
    }

    private static void requireTogether(GenerateOptions options) {
        boolean guesses = options.speculation().most() > 0;
        if (options.chain().source() instanceof ContrastiveSearch) {
            if (guesses) {
                throw new IllegalArgumentException(
                        "contrastive search processes several tokens a step already, and takes no guesses");
            }
            if (options.whenFull().goesOn()) {
                throw new IllegalArgumentException(
                        "contrastive search remembers all of the text, and stops when the context is full");
            }
        }
        if (guesses && options.whenFull().policy() == WhenFull.Policy.H2O) {
            throw new IllegalArgumentException(
                    "--context-full h2o counts all attention, that of wrong guesses too, and so"
                            + " takes no guesses; take sinks or shift, or leave --draft out");
        }
    }

    private Generation generate(Task task, GenerateOptions options) {
        LogitSource source = options.chain().source();
        if (source instanceof ContrastiveSearch search) {
            return new ContrastiveLoop(engine, task, search).generate(this);
        }
        Speculation speculation = options.speculation();
        try (Lanes lanes = new Lanes(engine, task.sequence, source, speculation.branches(), options.whenFull());
                Drafter drafter = speculation.drafter().apply(task.sequence.capacity())) {
            SpeculativeLoop loop = new SpeculativeLoop(lanes, task.run, drafter, speculation);
            Matrix logits = lanes.start(this, task);
            int first = task.run.next(logits, lanes.row(0, 0), lanes);
            if (first != TextRun.END) {
                loop.prepare(task.start.length - task.run.knownTokens());
            }
            return task.run.result(loop.generate(first));
        }
    }

    /** How many of {@code prompt}'s first tokens need not be processed: {@link EngineOptions#prefixMemory}. */
    public int known(int[] prompt, GenerateOptions options) {
        try (Sequence sequence = recalled(prompt, options)) {
            return sequence.length();
        }
    }

    /**
     * Keeps {@code prompt}, as {@link #generate} has processed it with these options, in a file for {@link Engine#restore}.
     * Writes nothing where the engine knows no more of it than {@code known} tokens ({@link EngineOptions#prefixMemory}).
     *
     * @return how many it knows
     */
    public int save(int[] prompt, GenerateOptions options, int known, Path path) throws IOException {
        try (Sequence sequence = recalled(prompt, options)) {
            if (sequence.length() > known) {
                PromptFile.write(engine, sequence, path);
            }
            return sequence.length();
        }
    }

    private Sequence recalled(int[] prompt, GenerateOptions options) {
        int[] text = Arrays.copyOf(prompt, prompt.length + 1); // a text's last token is never recalled
        Sequence sequence = engine.newSequence(capacity(prompt.length, prompt.length, options));
        engine.recall(sequence, text);
        return sequence;
    }

    /** Makes everything ready to process {@code prompt}; errors as for {@link #generate}. */
    Task begin(int[] prompt, GenerateOptions options, Listener listener) {
        boolean encoderDecoder = requireGenerator(prompt);
        if (encoderDecoder && options.scores().prompt()) {
            throw new IllegalArgumentException(
                    "an encoder-decoder reads its prompt at once, and gives its tokens no probabilities");
        }
        int[] start = encoderDecoder ? new int[] {decoderStart} : prompt;
        int capacity = capacity(Math.max(prompt.length, start.length), start.length, options);
        Sequence sequence = engine.newSequence(capacity);
        try {
            TextRun run = new TextRun(this, prompt, start, capacity, options, listener);
            options.whenFull().begin(sequence);
            listener.accepted(prompt.length);
            return new Task(
                    engine, sequence, run, encoderDecoder ? prompt : null, start, options.scores(), options.whenFull());
        } catch (RuntimeException | Error e) {
            sequence.close();
            throw e;
        }
    }

    /**
     * What continues {@code negative} beside {@code task}'s own text: the same, but for what comes before. An empty one is
     * the prompt's last token.
     */
    Task opposite(Task task, String negative) {
        int[] prompt = task.encoded == null ? task.start : task.encoded;
        int[] ids = negative.isEmpty()
                ? new int[] {prompt[prompt.length - 1]}
                : tokenizer.encode(negative, Tokenizer.SpecialTokens.PARSED, true);
        if (ids.length == 0) {
            throw new IllegalArgumentException("the negative prompt has no tokens");
        }
        int capacity = task.sequence.capacity();
        int[] start = task.encoded == null ? ids : task.start;
        int limit = engine.transformer().shape().context();
        if (ids.length > limit) {
            throw new IllegalArgumentException("the negative prompt has " + ids.length
                    + " tokens, but the model's context holds " + limit + "; shorten it");
        }
        int room = Math.max(capacity, capacity - task.start.length + start.length);
        Sequence sequence = engine.newSequence(room);
        task.whenFull.begin(sequence);
        return new Task(
                engine,
                sequence,
                task.run,
                task.encoded == null ? null : ids,
                start,
                GenerateOptions.Scores.NONE,
                task.whenFull);
    }

    /**
     * A text to be generated.
     *
     * @param encoded encoder-decoders: what is to be encoded before
     * @param start the tokens to process first
     */
    record Task(
            Engine engine,
            Sequence sequence,
            TextRun run,
            int @Nullable [] encoded,
            int[] start,
            GenerateOptions.Scores scores,
            WhenFull whenFull)
            implements AutoCloseable {
        /** Before the first token: encodes, or takes over what is known of {@code text}, which begins with the start. */
        void prepare(int[] text, boolean recall) {
            if (encoded != null) {
                engine.encode(sequence, encoded);
            } else if (recall && !scores.prompt() && whenFull.policy() != WhenFull.Policy.H2O) {
                run.begin(engine.recall(sequence, text));
            }
        }

        boolean scoresPrompt() {
            return scores.prompt();
        }

        /** Where it is wanted: scores the tokens that follow {@code start[from, to)}, whose logits begin at row {@code row}. */
        void scorePrompt(Matrix logits, int row, int from, int to) {
            for (int at = from; scores.prompt() && at < to && at + 1 < start.length; at++) {
                run.addPromptScore(
                        LogProbabilities.score(logits.toArray(row + at - from), start[at + 1], scores.alternatives()));
            }
        }

        @Override
        public void close() {
            engine.keep(sequence);
            sequence.close();
        }
    }

    /** What {@code tokens} say behind {@code before}. */
    String text(int[] before, int[] tokens) {
        Tokenizer.StreamDecoder decoder = tokenizer.stream(true);
        for (int id : before) {
            decoder.next(id);
        }
        StringBuilder text = new StringBuilder();
        for (int id : tokens) {
            text.append(decoder.next(id));
        }
        return text.append(decoder.finish()).toString();
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    TokenTexts texts() {
        return texts;
    }

    Set<Integer> endOfText() {
        return endOfText;
    }

    /** The logits {@code [vocab]} of the token that follows {@code prompt}; errors as for {@link #generate}. */
    public float[] nextLogits(int[] prompt) {
        try (Task task = begin(prompt, GenerateOptions.DEFAULT.withMaxTokens(0), text -> true)) {
            return prefill(task).toArray(0);
        }
    }

    /** As {@link #nextLogits(int[])}, of what {@code source} makes of the model's. */
    public float[] nextLogits(int[] prompt, LogitSource source) {
        try (Task task = begin(prompt, GenerateOptions.DEFAULT.withMaxTokens(0), text -> true);
                Lanes lanes = new Lanes(engine, task.sequence, source, 1, WhenFull.STOP)) {
            Matrix logits = lanes.start(this, task);
            lanes.mix(logits, lanes.row(0, 0), null);
            return logits.toArray(lanes.row(0, 0));
        }
    }

    /** Whether the model is an encoder-decoder; refuses what cannot generate. */
    private boolean requireGenerator(int[] prompt) {
        Kind kind = engine.transformer().kind();
        if (kind == Kind.ENCODER) {
            throw new IllegalArgumentException(
                    "this model is an encoder: it gives hidden states, not text; see keiryo logits");
        }
        if (prompt.length == 0) {
            throw new IllegalArgumentException("the prompt is empty, and this model adds no beginning-of-text token");
        }
        return kind == Kind.ENCODER_DECODER;
    }

    private int capacity(int longest, int start, GenerateOptions options) {
        int limit = options.context() > 0
                ? options.context()
                : engine.transformer().shape().context();
        if (longest > limit && !options.whenFull().goesOn()) {
            throw new IllegalArgumentException("the prompt has " + longest + " tokens, but the context holds " + limit
                    + (options.context() > 0
                            ? "; ask for a larger one with --ctx, or let the beginning be forgotten with --context-full shift"
                            : ", which is what the model was trained for; shorten the prompt, ask for more with --ctx, or"
                                    + " let the beginning be forgotten with --context-full shift"));
        }
        if (options.context() > 0) {
            return limit;
        }
        return (int) Math.max(Math.min(longest, limit), Math.min(limit, (long) start + options.maxTokens()));
    }

    /** Processes the start; the last row of the result is the next token's. */
    Matrix prefill(Task task) {
        return prefill(task, task.scoresPrompt(), UnaryOperator.identity());
    }

    /**
     * As {@link #prefill(Task)}, through {@code observer}: see {@link Engine#forward(Batch, UnaryOperator)}.
     *
     * @param all whether every token's result is wanted
     */
    Matrix prefill(Task task, boolean all, UnaryOperator<Ops> observer) {
        task.prepare(task.start, !all);
        Batch batch = new Batch();
        int[] ids = task.start;
        for (int from = task.sequence.length(); ; ) {
            int room = task.whenFull.makeRoom(task.sequence, ids.length - from);
            int to = Math.min(ids.length, from + Math.min(room, all ? SCORED : PREFILL));
            Batch.Output output = all ? Batch.Output.ALL : to == ids.length ? Batch.Output.LAST : Batch.Output.NONE;
            Matrix logits = engine.forward(batch.clear().add(task.sequence, ids, from, to, output), observer);
            task.scorePrompt(logits, 0, from, to);
            if (to == ids.length) {
                if (task.whenFull.goesOn()) {
                    engine.keep(task.sequence); // once it has forgotten something, it is of no use to others
                }
                return logits;
            }
            if (!task.run.goesOn()) {
                throw new CancellationException("the prompt is no longer wanted");
            }
            from = to;
        }
    }
}
