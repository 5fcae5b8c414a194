package dev.keiryo.generate;

import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.NextBytes;
import dev.keiryo.grammar.TokenMasks;
import dev.keiryo.grammar.TokenTrie;
import dev.keiryo.grammar.Triggered;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A language that a generated text is held to: of the tokens that are no part of it, none is ever drawn, and the text has ended
 * before the limit on new tokens is reached. Immutable and thread-safe; compile it once and share it, for it keeps which tokens
 * are allowed where.
 *
 * <p>The language begins behind the prompt. Control tokens are allowed only where it names them ({@link Frame#CONTROL}).
 */
public final class Constraint {
    private final Frame language;
    private @Nullable Compiled compiled;

    private Constraint(Frame language) {
        this.language = language;
    }

    /** Texts of {@code language}. */
    public static Constraint of(Frame language) {
        return new Constraint(language);
    }

    /** Any one of {@code texts}. */
    public static Constraint choice(List<String> texts) {
        return of(Expression.choice(texts).compile());
    }

    /** Any text, and from where {@code trigger} first matches, this; control tokens are matched by their names. */
    public Constraint after(Expression trigger) {
        return of(Triggered.of(trigger, language));
    }

    Frame language() {
        return language;
    }

    /**
     * A constraint and a vocabulary.
     *
     * @param tokens what a language reads of each token; nothing of those that end a text
     * @param masks which tokens may come where
     * @param next which bytes may come where
     * @param end tokens that end a text
     */
    record Compiled(TokenTexts texts, byte[][] tokens, TokenMasks masks, NextBytes next, Set<Integer> end) {}

    private record VocabularyOf(Set<Integer> end) {}

    private record Vocabulary(byte[][] tokens, TokenTrie trie) {}

    /** For one vocabulary, kept until another comes. */
    synchronized Compiled compile(TokenTexts texts, Set<Integer> end) {
        Compiled known = compiled;
        if (known != null && known.texts.equals(texts) && known.end.equals(end)) {
            return known;
        }
        Vocabulary vocabulary = texts.derive(new VocabularyOf(end), t -> vocabulary(t, end));
        known = new Compiled(
                texts, vocabulary.tokens, new TokenMasks(vocabulary.trie), new NextBytes(), Set.copyOf(end));
        compiled = known;
        return known;
    }

    private static Vocabulary vocabulary(TokenTexts texts, Set<Integer> end) {
        byte[][] tokens = new byte[texts.size()][];
        for (int id = 0; id < tokens.length; id++) {
            tokens[id] = end.contains(id) ? new byte[0] : read(texts.bytes(id), texts.isSpecial(id));
        }
        return new Vocabulary(tokens, new TokenTrie(tokens));
    }

    /** What a language reads of a token: nothing where it is neither text nor a control token. */
    private static byte[] read(byte[] text, boolean control) {
        for (byte b : text) {
            if (b == (byte) Frame.CONTROL) {
                return new byte[0]; // no UTF-8, so nothing is lost
            }
        }
        if (!control) {
            return text;
        }
        byte[] marked = new byte[text.length + 1];
        marked[0] = (byte) Frame.CONTROL;
        System.arraycopy(text, 0, marked, 1, text.length);
        return marked;
    }
}
