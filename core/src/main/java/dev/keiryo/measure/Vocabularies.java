package dev.keiryo.measure;

import dev.keiryo.LanguageModel;
import dev.keiryo.tokenizer.Tokenizer;

/** Whether two models speak of the same tokens. */
public final class Vocabularies {
    private Vocabularies() {}

    /**
     * @throws IllegalArgumentException where a token id means one thing to {@code model} and another to {@code reference}; it
     *     names the first such id
     */
    public static void requireSame(LanguageModel model, LanguageModel reference) {
        int ours = model.engine().transformer().shape().vocabulary();
        int theirs = reference.engine().transformer().shape().vocabulary();
        if (ours != theirs) {
            throw new IllegalArgumentException(source(model) + " knows " + ours + " tokens, " + source(reference) + " "
                    + theirs + "; only models of one vocabulary can be compared");
        }
        if (model.hasTokenizer() && reference.hasTokenizer()) {
            requireSamePieces(model, reference, ours);
        }
    }

    private static void requireSamePieces(LanguageModel model, LanguageModel reference, int vocabulary) {
        Tokenizer a = model.tokenizer();
        Tokenizer b = reference.tokenizer();
        for (int id = 0; id < Math.min(vocabulary, Math.min(a.size(), b.size())); id++) {
            if (!a.piece(id).equals(b.piece(id))) {
                throw new IllegalArgumentException(
                        "token " + id + " is '" + a.piece(id) + "' in " + source(model) + ", but '" + b.piece(id)
                                + "' in " + source(reference) + "; only models of one vocabulary can be compared");
            }
        }
    }

    private static String source(LanguageModel model) {
        return model.engine().checkpoint().source();
    }
}
