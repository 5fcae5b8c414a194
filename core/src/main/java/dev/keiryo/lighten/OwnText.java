package dev.keiryo.lighten;

import dev.keiryo.LanguageModel;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.SamplerChain;

/**
 * Text that a model writes itself, to be measured on where no other is given: what it has learned to write, in its own language, drawn
 * from its own distribution.
 */
public final class OwnText {
    private static final int MOST_TEXTS = 64;

    private OwnText() {}

    /**
     * Texts one after the other, a line between two, of {@code tokens} tokens together, or somewhat more.
     *
     * @throws IllegalArgumentException where the model cannot begin a text by itself
     */
    public static String of(LanguageModel model, int tokens) {
        StringBuilder all = new StringBuilder();
        GenerateOptions options =
                GenerateOptions.DEFAULT.withMaxTokens(tokens / 4).withChain(SamplerChain.parse("temp:1"));
        int written = 0;
        for (int seed = 1; written < tokens && seed <= MOST_TEXTS; seed++) {
            Generation text = model.generate("", options.withSeed(seed), piece -> true);
            written += text.tokens().length;
            all.append(text.text().strip()).append("\n\n");
        }
        return all.toString();
    }
}
