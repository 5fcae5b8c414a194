package dev.keiryo.generate;

import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.NextBytes;
import dev.keiryo.grammar.TokenMasks;
import dev.keiryo.grammar.TokenTrie;
import dev.keiryo.grammar.Triggered;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A language that a generated text is held to: of the tokens that are no part of it, none is ever drawn, and the text has ended
 * before the limit on new tokens is reached. Immutable and thread-safe; compile it once and share it, for it keeps which tokens
 * are allowed where.
 *
 * <p>The language begins behind the prompt. Control tokens are no text, and never allowed within it.
 */
public final class Constraint {
    /**
     * What a text must come to before it is held to the language; until then it is free.
     *
     * @param text strings or patterns, or null for none
     * @param tokens names of tokens, such as {@code <tool_call>}
     */
    public record Trigger(@Nullable Expression text, Set<String> tokens) {
        public Trigger {
            tokens = Set.copyOf(tokens);
            if (text == null && tokens.isEmpty()) {
                throw new IllegalArgumentException("a trigger needs a string, a pattern or a token");
            }
        }

        /** Any of {@code strings}. */
        public static Trigger strings(List<String> strings) {
            return new Trigger(Expression.choice(strings), Set.of());
        }
    }

    private final Frame language;
    private final Frame start;
    private final Set<String> triggerTokens;
    private @Nullable Compiled compiled;

    private Constraint(Frame language, Frame start, Set<String> triggerTokens) {
        this.language = language;
        this.start = start;
        this.triggerTokens = triggerTokens;
    }

    /** Texts of {@code language}. */
    public static Constraint of(Frame language) {
        return new Constraint(language, language, Set.of());
    }

    /** Any one of {@code texts}. */
    public static Constraint choice(List<String> texts) {
        return of(Expression.choice(texts).compile());
    }

    /** Any text, and from {@code trigger} on this. */
    public Constraint after(Trigger trigger) {
        Frame waiting = trigger.text == null ? Triggered.never() : Triggered.of(trigger.text, language);
        return new Constraint(language, waiting, trigger.tokens);
    }

    /** The language behind the trigger, or from the beginning where there is none. */
    Frame language() {
        return language;
    }

    /** What the text begins with. */
    Frame start() {
        return start;
    }

    /**
     * A constraint and a vocabulary.
     *
     * @param masks which tokens may come where
     * @param next which bytes may come where
     * @param end tokens that end a text
     * @param triggers tokens that are triggers
     */
    record Compiled(TokenTexts texts, TokenMasks masks, NextBytes next, Set<Integer> end, Set<Integer> triggers) {}

    private record TrieOf(Set<Integer> end) {}

    /** For one vocabulary, kept until another comes. */
    synchronized Compiled compile(TokenTexts texts, Set<Integer> end) {
        Compiled known = compiled;
        if (known != null && known.texts.equals(texts) && known.end.equals(end)) {
            return known;
        }
        TokenTrie trie = texts.derive(new TrieOf(end), t -> trie(t, end));
        Set<Integer> triggers = new TreeSet<>();
        for (String name : triggerTokens) {
            int id = texts.id(name);
            if (id < 0 || !texts.isSpecial(id)) {
                throw new IllegalArgumentException("the vocabulary has no special token \"" + name
                        + "\"; make it a string, or name one that there is");
            }
            triggers.add(id);
        }
        known = new Compiled(texts, new TokenMasks(trie), new NextBytes(), Set.copyOf(end), triggers);
        compiled = known;
        return known;
    }

    private static TokenTrie trie(TokenTexts texts, Set<Integer> end) {
        byte[][] tokens = new byte[texts.size()][];
        for (int id = 0; id < tokens.length; id++) {
            tokens[id] = texts.isSpecial(id) || end.contains(id) ? new byte[0] : texts.bytes(id);
        }
        return new TokenTrie(tokens);
    }
}
