package dev.keiryo.tokenizer;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds added tokens in a text: the leftmost, of those the longest, never overlapping. */
final class AddedTokenTrie {
    /** Receives the stretches of a text, in order. */
    interface Segments {
        void token(int id);

        /** Ordinary text; never empty. */
        void text(int from, int to);
    }

    private static final class Node {
        final Map<Character, Node> children = new HashMap<>(4);

        @Nullable
        AddedToken token;
    }

    private final Node root = new Node();
    private final BitSet starts = new BitSet();

    /** @param tokens by the text that is searched for; the empty text is never found */
    AddedTokenTrie(Map<String, AddedToken> tokens) {
        tokens.forEach((content, token) -> {
            Node node = root;
            for (int i = 0; i < content.length(); i++) {
                node = node.children.computeIfAbsent(content.charAt(i), c -> new Node());
            }
            if (!content.isEmpty()) {
                starts.set(content.charAt(0));
                node.token = token;
            }
        });
    }

    /** @param literal takes special tokens for ordinary text */
    void split(String text, boolean literal, Segments out) {
        int done = 0;
        for (int i = 0; i < text.length(); ) {
            int end = starts.get(text.charAt(i)) ? longest(text, i) : -1;
            if (end < 0) {
                i++;
                continue;
            }
            AddedToken token = tokenOf(text, i, end);
            int from = i;
            int to = end;
            i = end;
            if ((literal && token.special()) || (token.singleWord() && touchesWord(text, from, to))) {
                continue;
            }
            if (token.leftStrip()) {
                while (from > done && Codepoints.isWhiteSpace(text.codePointBefore(from))) {
                    from--;
                }
            }
            if (token.rightStrip()) {
                while (to < text.length() && Codepoints.isWhiteSpace(text.codePointAt(to))) {
                    to++;
                }
            }
            if (done < from) {
                out.text(done, from);
            }
            out.token(token.id());
            done = to;
        }
        if (done < text.length()) {
            out.text(done, text.length());
        }
    }

    /** Where the longest token that starts at {@code from} ends, or -1. */
    private int longest(String text, int from) {
        int end = -1;
        Node node = root;
        for (int i = from; i < text.length(); i++) {
            node = node.children.get(text.charAt(i));
            if (node == null) {
                break;
            }
            if (node.token != null) {
                end = i + 1;
            }
        }
        return end;
    }

    private AddedToken tokenOf(String text, int from, int to) {
        Node node = root;
        for (int i = from; i < to; i++) {
            node = Objects.requireNonNull(node.children.get(text.charAt(i)));
        }
        return Objects.requireNonNull(node.token);
    }

    private static boolean touchesWord(String text, int from, int to) {
        return (from > 0 && Codepoints.isWord(text.codePointBefore(from)))
                || (to < text.length() && Codepoints.isWord(text.codePointAt(to)));
    }
}
