package dev.keiryo.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * WordPiece: a word is taken apart from the left, each time by the longest entry that fits; entries for the inside of a
 * word carry a prefix ({@code ##}). A word that cannot be covered whole, or is too long, is one unknown token. Immutable
 * and thread-safe.
 *
 * <p>Source: Y. Wu et al., Google's Neural Machine Translation System, 2016, as BERT applies it (longest match first).
 */
public final class WordPiece implements TokenModel {
    private final List<String> pieces;
    private final Map<String, Integer> ids;
    private final PieceTrie initial;
    private final PieceTrie continuing;
    private final int unknownId;
    private final int maxCharacters;

    /**
     * @param pieces by id
     * @param unknown the entry for uncovered words, {@code [UNK]}; must be in {@code pieces}
     * @param continuingPrefix marks entries for the inside of a word, {@code ##}
     * @param maxCharacters words of more code points than this are unknown (100)
     */
    public WordPiece(List<String> pieces, String unknown, String continuingPrefix, int maxCharacters) {
        this.pieces = List.copyOf(pieces);
        this.maxCharacters = maxCharacters;
        ids = HashMap.newHashMap(pieces.size());
        List<String> tails = new ArrayList<>(pieces.size());
        for (int id = 0; id < pieces.size(); id++) {
            String piece = this.pieces.get(id);
            ids.putIfAbsent(piece, id);
            tails.add(piece.startsWith(continuingPrefix) ? piece.substring(continuingPrefix.length()) : "");
        }
        Integer found = ids.get(unknown);
        if (found == null) {
            throw new IllegalArgumentException("the unknown token " + unknown + " is not in the vocabulary");
        }
        unknownId = found;
        initial = new PieceTrie(this.pieces, id -> true);
        continuing = new PieceTrie(tails, id -> true);
    }

    @Override
    public void encode(String text, int from, int to, IntSequence out) {
        if (from == to) {
            return;
        }
        if (Character.codePointCount(text, from, to) > maxCharacters) {
            out.add(unknownId);
            return;
        }
        int[] word = new int[to - from];
        int count = 0;
        int start = from;
        while (start < to) {
            int id = PieceTrie.NONE;
            int end = start;
            int node = PieceTrie.ROOT;
            PieceTrie trie = start == from ? initial : continuing;
            for (int i = start; i < to; ) {
                node = trie.child(node, text.charAt(i++));
                if (node == PieceTrie.NONE) {
                    break;
                }
                if (trie.value(node) != PieceTrie.NONE) {
                    id = trie.value(node);
                    end = i;
                }
            }
            if (id == PieceTrie.NONE) {
                out.add(unknownId);
                return;
            }
            word[count++] = id;
            start = end;
        }
        for (int i = 0; i < count; i++) {
            out.add(word[i]);
        }
    }

    @Override
    public int size() {
        return pieces.size();
    }

    @Override
    public String piece(int id) {
        return pieces.get(id);
    }

    @Override
    public int id(String piece) {
        return ids.getOrDefault(piece, -1);
    }

    @Override
    public @Nullable Integer unknownId() {
        return unknownId;
    }
}
