package dev.keiryo.lighten;

import dev.keiryo.LanguageModel;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.tokenizer.Tokenizer;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

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

    /**
     * Lines of words of an encoder's vocabulary, drawn at random: no text, but what shows all of the vocabulary and is at hand.
     *
     * @throws IllegalArgumentException where the vocabulary has no words
     */
    public static String words(Tokenizer tokenizer, int lines, int wordsOfLine, RandomGenerator random) {
        List<String> words = IntStream.range(0, tokenizer.size())
                .filter(id -> !tokenizer.isSpecial(id))
                .mapToObj(id -> tokenizer.decode(new int[] {id}, true).strip())
                .filter(word -> word.length() > 1 && word.codePoints().allMatch(Character::isLetter))
                .toList();
        if (words.isEmpty()) {
            throw new IllegalArgumentException("the vocabulary has no words");
        }
        StringBuilder all = new StringBuilder();
        for (int line = 0; line < lines; line++) {
            for (int word = 0; word < wordsOfLine; word++) {
                all.append(word == 0 ? "" : " ").append(words.get(random.nextInt(words.size())));
            }
            all.append('\n');
        }
        return all.toString();
    }
}
