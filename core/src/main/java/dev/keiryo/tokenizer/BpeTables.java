package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds merge tables from what vocabularies store. */
final class BpeTables {
    /** Longer entries than this come from no trainer, and would make the table's construction quadratic. */
    private static final int LONGEST = 1024;

    private BpeTables() {}

    /**
     * The merges of a scored vocabulary.
     *
     * @param table over the ids of entries, and numbers beyond them for characters that are no entry but occur in some
     * @param atoms the symbol of each character that is or occurs in an entry
     */
    record Scored(@Nullable String[] pieces, MergeTable table, Map<String, Integer> atoms) {}

    static MergeTable ofMerges(String source, Vocabulary vocabulary, Iterable<Bpe.Merge> merges, String prefix)
            throws FormatException {
        MergeTable table = new MergeTable(vocabulary.size());
        int rank = 0;
        for (Bpe.Merge merge : merges) {
            String right = merge.right();
            String merged = merge.left() + (right.startsWith(prefix) ? right.substring(prefix.length()) : right);
            int leftId = entry(source, vocabulary, merge.left(), rank);
            int rightId = entry(source, vocabulary, right, rank);
            table.put(leftId, rightId, rank, entry(source, vocabulary, merged, rank));
            rank++;
        }
        return table;
    }

    private static int entry(String source, Vocabulary vocabulary, String piece, int rank) throws FormatException {
        int id = vocabulary.id(piece);
        if (id < 0) {
            throw new FormatException(
                    source, "merge " + rank + " needs \"" + piece + "\", which is not in the vocabulary");
        }
        return id;
    }

    /** @param scores NaN for entries that take no part */
    static Scored ofScores(String source, @Nullable String[] pieces, float[] scores) throws FormatException {
        Map<String, Integer> ids = HashMap.newHashMap(pieces.length);
        @Nullable String[] used = new @Nullable String[pieces.length];
        for (int id = 0; id < pieces.length; id++) {
            String piece = pieces[id];
            if (piece == null || piece.isEmpty() || Float.isNaN(scores[id])) {
                continue;
            }
            if (piece.length() > LONGEST) {
                throw new FormatException(
                        source, "entry " + id + " is " + piece.length() + " characters long; at most " + LONGEST);
            }
            if (ids.putIfAbsent(piece, id) == null) {
                used[id] = piece;
            }
        }
        Map<String, Integer> atoms = atoms(used, ids);
        int[] ranks = ranks(scores);
        MergeTable table = new MergeTable(2 * pieces.length);
        for (int id = 0; id < used.length; id++) {
            String piece = used[id];
            for (int cut = 1; piece != null && cut < piece.length(); cut++) {
                Integer left = symbol(piece.substring(0, cut), ids, atoms);
                Integer right = left == null ? null : symbol(piece.substring(cut), ids, atoms);
                if (left != null && right != null) {
                    table.put(left, right, ranks[id], id);
                }
            }
        }
        return new Scored(used, table, atoms);
    }

    private static @Nullable Integer symbol(String text, Map<String, Integer> ids, Map<String, Integer> atoms) {
        Integer id = ids.get(text);
        return id != null ? id : atoms.get(text);
    }

    private static Map<String, Integer> atoms(@Nullable String[] pieces, Map<String, Integer> ids) {
        Map<String, Integer> atoms = new HashMap<>();
        for (String piece : pieces) {
            for (int i = 0; piece != null && i < piece.length(); ) {
                int end = i + Character.charCount(piece.codePointAt(i));
                String atom = piece.substring(i, end);
                if (!atoms.containsKey(atom)) {
                    Integer id = ids.get(atom);
                    atoms.put(atom, id != null ? id : pieces.length + atoms.size());
                }
                i = end;
            }
        }
        return atoms;
    }

    /** The place of each score among the distinct ones, the highest being 0. */
    private static int[] ranks(float[] scores) {
        float[] sorted = scores.clone();
        Arrays.sort(sorted);
        int[] ranks = new int[scores.length];
        for (int i = 0; i < scores.length; i++) {
            // equal scores must share a rank, so count from one fixed member of each run
            int at = Arrays.binarySearch(sorted, scores[i]);
            ranks[i] = at;
        }
        int[] first = new int[sorted.length];
        for (int i = 1; i < sorted.length; i++) {
            first[i] = sorted[i] == sorted[i - 1] ? first[i - 1] : i;
        }
        for (int i = 0; i < ranks.length; i++) {
            ranks[i] = sorted.length - 1 - first[ranks[i]];
        }
        return ranks;
    }

    /** The ids of byte-level entries by the text they spell; entries that are not whole characters have none. */
    static Map<String, Integer> texts(Vocabulary vocabulary) {
        Map<String, Integer> texts = HashMap.newHashMap(vocabulary.size());
        for (int id = 0; id < vocabulary.size(); id++) {
            String piece = vocabulary.find(id);
            byte[] bytes = piece == null || piece.isEmpty() ? null : ByteAlphabet.decode(piece);
            if (bytes != null) {
                String text = new String(bytes, StandardCharsets.UTF_8);
                if (Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
                    texts.putIfAbsent(text, id);
                }
            }
        }
        return texts;
    }
}
