package dev.keiryo;

import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.engine.Engine;
import dev.keiryo.generate.EndOfText;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.Generator;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A loaded model with its tokenizer. Close it to give back its memory and threads. */
public final class LanguageModel implements AutoCloseable {
    private final Engine engine;
    private final @Nullable Tokenizer tokenizer;
    private final Set<Integer> endOfText;
    private final @Nullable Generator generator;
    private final int decoderStart;

    /** Takes over {@code engine}. */
    LanguageModel(Engine engine, @Nullable Tokenizer tokenizer) throws FormatException {
        this.engine = engine;
        this.tokenizer = tokenizer;
        Metadata metadata = engine.checkpoint().metadata();
        this.endOfText = tokenizer == null ? Set.of() : EndOfText.of(metadata, tokenizer);
        this.decoderStart = decoderStart(metadata);
        this.generator = tokenizer == null ? null : new Generator(engine, tokenizer, endOfText, decoderStart);
    }

    public Engine engine() {
        return engine;
    }

    /** What the decoder of an encoder-decoder starts with. */
    public int decoderStart() {
        return decoderStart;
    }

    /** As above, of a model with that {@code metadata}. */
    public static int decoderStart(Metadata metadata) throws FormatException {
        return metadata.integer(metadata.architecture() + ".decoder_start_token_id", 0);
    }

    /** Whether the model's files hold a vocabulary. */
    public boolean hasTokenizer() {
        return tokenizer != null;
    }

    /** The tokenizer; a model without one is an {@link IllegalStateException}. */
    public Tokenizer tokenizer() {
        if (tokenizer == null) {
            throw new IllegalStateException(engine.checkpoint().source()
                    + " holds no vocabulary, so it cannot read or write text; put its tokenizer beside it");
        }
        return tokenizer;
    }

    /** Tokens that end a text. */
    public Set<Integer> endOfText() {
        return endOfText;
    }

    /**
     * Continues {@code prompt} (an encoder-decoder answers it), calling {@code listener} as text becomes certain. Special
     * tokens spelled in the prompt count as such.
     *
     * @throws IllegalArgumentException where the prompt does not fit the context
     */
    public Generation generate(String prompt, GenerateOptions options, Generator.Listener listener) {
        int[] ids = tokenizer().encode(prompt, SpecialTokens.PARSED, true);
        return generator().generate(ids, options, listener);
    }

    /**
     * The logits {@code [vocab]} of the token that follows {@code prompt} (in an encoder-decoder, of its answer's first).
     *
     * @throws IllegalArgumentException where the prompt does not fit the context
     */
    public float[] nextLogits(int[] prompt) {
        return generator().nextLogits(prompt);
    }

    /** What generates, for prompts of tokens and for a {@link dev.keiryo.generate.Scheduler}; needs a tokenizer. */
    public Generator generator() {
        tokenizer();
        return Objects.requireNonNull(generator);
    }

    @Override
    public void close() {
        engine.close();
    }
}
