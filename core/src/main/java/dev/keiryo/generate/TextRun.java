package dev.keiryo.generate;

import dev.keiryo.generate.Generation.StopReason;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.IntSequence;
import dev.keiryo.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One text in the making: everything that happens between a row of logits and the next token to process. Whoever drives
 * it, one text at a time, many at once or ahead with drafts, calls {@link #next} with one row after the other.
 */
final class TextRun {
    /** In place of a token: the text has ended. */
    static final int END = -1;

    /** Tokens that are processed at a time behind the one that was drawn, where there is no choice about them. */
    static final int MOST_FORCED = 32;

    private final GenerateOptions options;
    private final int promptTokens;
    private int knownTokens;
    private final int capacity;
    private final long begin;
    private final Generator model;
    private final Generator.Listener listener;
    private final Tokenizer.StreamDecoder decoder;
    private final StopText stops;
    private final LoopDetector loops;
    private final @Nullable Guide guide;
    private final Sampler sampler;
    private int[] forced = {};
    private int nextForced;
    private final StringBuilder text = new StringBuilder();
    private final IntSequence tokens = new IntSequence();
    private final List<TokenScore> scores = new ArrayList<>();
    private final List<TokenScore> promptScores = new ArrayList<>();
    private long prefilled;
    private StopReason reason = StopReason.CANCELLED;

    /**
     * @param prompt the prompt's tokens
     * @param start the tokens that the text begins with: the prompt, or an encoder-decoder's first
     * @param capacity tokens that start and text may take together
     */
    TextRun(
            Generator model,
            int[] prompt,
            int[] start,
            int capacity,
            GenerateOptions options,
            Generator.Listener listener) {
        this.model = model;
        this.options = options;
        this.capacity = capacity;
        this.promptTokens = prompt.length;
        this.listener = listener;
        this.begin = System.nanoTime();
        this.decoder = model.tokenizer().stream(!options.specialTokens());
        this.stops = new StopText(options.stops().strings(), options.stops().patterns());
        this.loops = new LoopDetector(options.stops().loops());
        Constraint constraint = options.constraint();
        this.guide = constraint == null
                ? null
                : new Guide(
                        constraint,
                        model.texts(),
                        model.endOfText(),
                        options.whenFull().goesOn()
                                ? options.maxTokens()
                                : Math.min(options.maxTokens(), capacity + 1 - start.length));
        this.sampler = new Sampler(
                options.chain(),
                new SamplerRequest(
                        new History(), new SplittableRandom(options.seed()), model.texts(), model.endOfText()),
                guide);
        sampler.history().start(start);
        if (start == prompt) {
            for (int id : prompt) {
                decoder.next(id);
            }
        }
    }

    /** The first {@code known} tokens need not be processed. */
    void begin(int known) {
        knownTokens = Math.min(known, promptTokens);
    }

    /** The start's tokens and the text's. */
    History history() {
        return sampler.history();
    }

    /** Whether the text is still wanted. */
    boolean goesOn() {
        return listener.goesOn();
    }

    /** New tokens so far. */
    int size() {
        return tokens.size();
    }

    /** Most tokens that may still be drawn. */
    int left() {
        return options.maxTokens() - tokens.size();
    }

    /**
     * Whether the constraint leaves no choice about the token behind the last one: it needs no logits, and is processed
     * together with what comes before it.
     */
    boolean hasForced() {
        if (guide == null || options.scores().text()) {
            return false;
        }
        if (nextForced == forced.length) {
            forced = guide.forced();
            nextForced = 0;
        }
        return nextForced < forced.length;
    }

    /** The token that {@link #hasForced} tells of, or {@link #END}. */
    int nextForced() {
        int id = forced[nextForced++];
        sampler.force(id);
        return take(id);
    }

    void addPromptScore(TokenScore score) {
        promptScores.add(score);
    }

    /** Makes the logits that a token is drawn from of what the model gave. */
    @FunctionalInterface
    interface Mixer {
        /** The model's logits as they are. */
        Mixer NONE = (logits, row, allowed) -> {};

        /**
         * Changes row {@code row} of {@code logits}.
         *
         * @param allowed bits of the tokens that will be looked at, or null for all
         */
        void mix(Matrix logits, int row, long @Nullable [] allowed);
    }

    /** Draws from row {@code row} of {@code logits [rows, vocab]}: the token to be processed next, or {@link #END}. */
    int next(Matrix logits, int row) {
        return next(logits, row, Mixer.NONE);
    }

    /** As {@link #next(Matrix, int)}, of what {@code mixer} makes of the row. */
    int next(Matrix logits, int row, Mixer mixer) {
        if (isFull()) {
            return END;
        }
        if (hasForced()) {
            return nextForced();
        }
        mixer.mix(logits, row, guide == null ? null : guide.mask());
        int id = sampler.sample(logits, row);
        if (options.scores().text()) {
            score(id, logits.toArray(row));
        }
        return take(id);
    }

    /** To be asked before the first token is chosen: whether none is wanted, and the text has ended. */
    boolean isFull() {
        if (prefilled == 0) {
            prefilled = System.nanoTime();
        }
        if (guide != null && guide.isOver()) {
            requireLongEnough();
            finish(StopReason.END_OF_TEXT);
            return true;
        }
        if (tokens.size() < options.maxTokens()) {
            return false;
        }
        finish(StopReason.MAX_TOKENS);
        return true;
    }

    /** What the chain leaves of row {@code row}, where something else chooses: {@link #choose} follows. */
    Candidates candidates(Matrix logits, int row) {
        return sampler.process(logits, row);
    }

    /** As {@link #next}, of the token {@code id} that was chosen from {@link #candidates} of {@code logits [vocab]}. */
    int choose(int id, float[] logits) {
        sampler.accept(id);
        if (options.scores().text()) {
            score(id, logits);
        }
        return take(id);
    }

    private void score(int id, float[] logits) {
        scores.add(LogProbabilities.score(logits, id, options.scores().alternatives()));
    }

    private int take(int id) {
        tokens.add(id);
        if (model.endOfText().contains(id)) {
            return finish(StopReason.END_OF_TEXT);
        }
        if (!show(stops.accept(decoder.next(id)))) {
            return end(StopReason.CANCELLED);
        }
        if (stops.stopped()) {
            return end(StopReason.STOP_STRING);
        }
        if (loops.accept(id)) {
            return finish(StopReason.REPETITION);
        }
        if (options.stops().when().test(text)) {
            return finish(StopReason.PREDICATE);
        }
        if (guide != null && guide.isOver()) {
            requireLongEnough();
            return finish(StopReason.END_OF_TEXT);
        }
        if (tokens.size() == options.maxTokens()) {
            return finish(StopReason.MAX_TOKENS);
        }
        if (history().size() > capacity && !options.whenFull().goesOn()) {
            return finish(StopReason.CONTEXT_FULL);
        }
        long time = options.stops().time().toNanos();
        if (time > 0 && System.nanoTime() - begin >= time) {
            return finish(StopReason.MAX_TIME);
        }
        return id;
    }

    /** Nothing may follow; so many tokens must have been asked for at most. */
    private void requireLongEnough() {
        for (SamplerLink link : options.chain().links()) {
            if (link instanceof MinTokens least && least.n() > tokens.size()) {
                throw new IllegalStateException("the text is complete after " + tokens.size()
                        + " tokens, and its constraint allows none to follow, but " + link + " asks for more");
            }
        }
    }

    /** Says that what has happened so far counts with the prompt. */
    void prepared() {
        prefilled = System.nanoTime();
    }

    /** Tokens of the prompt that did not have to be processed. */
    int knownTokens() {
        return knownTokens;
    }

    /** What has come of it. */
    Generation result(Generation.Drafts drafts) {
        long end = System.nanoTime();
        long first = prefilled == 0 ? end : prefilled;
        return new Generation(
                text.toString(),
                tokens.toArray(),
                reason,
                promptTokens,
                knownTokens,
                first - begin,
                end - first,
                drafts,
                scores,
                promptScores);
    }

    private int finish(StopReason why) {
        String rest = stops.accept(decoder.finish());
        boolean stoppedNow = stops.stopped();
        show(rest + stops.finish());
        return end(stoppedNow || stops.stopped() ? StopReason.STOP_STRING : why);
    }

    private int end(StopReason why) {
        reason = why;
        return END;
    }

    private boolean show(String part) {
        text.append(part);
        return part.isEmpty() || listener.text(part);
    }
}
