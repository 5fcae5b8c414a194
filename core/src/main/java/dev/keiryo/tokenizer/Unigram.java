package dev.keiryo.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The unigram language model: a text's segmentation is the one whose pieces' log-probabilities sum highest,
 * {@code argmax over s of Σ log p(s_i)}, found by the Viterbi algorithm over a trie in time linear in the length. A
 * character that no piece covers is unknown and costs the smallest score less 10; neighbouring unknowns are one token,
 * or with byte fallback each becomes the tokens of its UTF-8 bytes. Of equal sums the longest last piece wins. Immutable
 * and thread-safe.
 *
 * <p>Source: T. Kudo, Subword Regularization, ACL 2018.
 */
public final class Unigram implements TokenModel {
    private static final double UNKNOWN_PENALTY = 10;
    private static final int BYTES = 256;

    private final List<String> pieces;
    private final double[] scores;
    private final Map<String, Integer> ids;
    private final PieceTrie trie;
    private final @Nullable Integer unknownId;
    private final double unknownScore;
    private final int @Nullable [] byteIds;

    /**
     * @param pieces by id; an empty one is a hole
     * @param scores log-probability of each
     * @param unknownId the id for uncovered characters; null drops them
     * @param byteFallback whether an uncovered character becomes its bytes' pieces {@code <0x00> … <0xFF>}
     */
    public Unigram(List<String> pieces, double[] scores, @Nullable Integer unknownId, boolean byteFallback) {
        this(pieces, scores, id -> true, unknownId, byteFallback);
    }

    /** As above, but only pieces that pass {@code matched} are found in text: control and unused ones are not. */
    public Unigram(
            List<String> pieces,
            double[] scores,
            IntPredicate matched,
            @Nullable Integer unknownId,
            boolean byteFallback) {
        if (pieces.size() != scores.length) {
            throw new IllegalArgumentException(pieces.size() + " pieces, but " + scores.length + " scores");
        }
        if (unknownId != null && (unknownId < 0 || unknownId >= scores.length)) {
            throw new IllegalArgumentException("unknown id " + unknownId + " of " + scores.length + " pieces");
        }
        this.pieces = List.copyOf(pieces);
        this.scores = scores.clone();
        this.unknownId = unknownId;
        ids = HashMap.newHashMap(scores.length);
        double smallest = 0;
        for (int id = 0; id < scores.length; id++) {
            ids.putIfAbsent(this.pieces.get(id), id);
            if (matched.test(id)) {
                smallest = Math.min(smallest, scores[id]);
            }
        }
        unknownScore = smallest - UNKNOWN_PENALTY;
        trie = new PieceTrie(this.pieces, id -> matched.test(id) && !Double.isNaN(scores[id]));
        byteIds = byteFallback ? byteIds() : null;
    }

    private int[] byteIds() {
        int[] found = new int[BYTES];
        for (int b = 0; b < BYTES; b++) {
            found[b] = id(String.format(Locale.ROOT, "<0x%02X>", b));
        }
        return found;
    }

    @Override
    public void encode(String text, int from, int to, IntSequence out) {
        int length = to - from;
        // per end position: the best sum, the piece that ends there, and where it starts
        double[] best = new double[length + 1];
        int[] piece = new int[length + 1];
        int[] start = new int[length + 1];
        forward(text, from, length, best, piece, start);
        emit(text, from, path(length, start), piece, start, out);
    }

    private void forward(String text, int from, int length, double[] best, int[] piece, int[] start) {
        Arrays.fill(start, -1);
        for (int i = 0; i < length; ) {
            double sum = best[i];
            int next = i + 1;
            if (next < length
                    && Character.isHighSurrogate(text.charAt(from + i))
                    && Character.isLowSurrogate(text.charAt(from + next))) {
                next++;
            }
            boolean covered = false;
            int node = PieceTrie.ROOT;
            for (int end = i; end < length; ) {
                node = trie.child(node, text.charAt(from + end));
                if (node == PieceTrie.NONE) {
                    break;
                }
                end++;
                int id = trie.value(node);
                if (id != PieceTrie.NONE) {
                    covered |= end == next;
                    double candidate = sum + scores[id];
                    if (start[end] < 0 || candidate > best[end]) {
                        best[end] = candidate;
                        piece[end] = id;
                        start[end] = i;
                    }
                }
            }
            if (!covered && (start[next] < 0 || sum + unknownScore > best[next])) {
                best[next] = sum + unknownScore;
                piece[next] = PieceTrie.NONE;
                start[next] = i;
            }
            i = next;
        }
    }

    /** End positions of the best path's pieces, last first. */
    private static IntSequence path(int length, int[] start) {
        IntSequence ends = new IntSequence();
        for (int end = length; end > 0; end = start[end]) {
            ends.add(end);
        }
        return ends;
    }

    private void emit(String text, int from, IntSequence ends, int[] piece, int[] start, IntSequence out) {
        for (int k = ends.size() - 1; k >= 0; k--) {
            int end = ends.get(k);
            if (piece[end] != PieceTrie.NONE) {
                out.add(piece[end]);
                continue;
            }
            int first = start[end];
            while (k > 0 && piece[ends.get(k - 1)] == PieceTrie.NONE) {
                end = ends.get(--k);
            }
            emitUnknown(text, from + first, from + end, out);
        }
    }

    private void emitUnknown(String text, int from, int to, IntSequence out) {
        if (byteIds != null) {
            byte[] utf8 = text.substring(from, to).getBytes(StandardCharsets.UTF_8);
            boolean complete = true;
            for (byte b : utf8) {
                complete &= byteIds[b & 0xFF] >= 0;
            }
            if (complete) {
                for (byte b : utf8) {
                    out.add(byteIds[b & 0xFF]);
                }
                return;
            }
        }
        if (unknownId != null) {
            out.add(unknownId);
        }
    }

    /** The log-probability of the piece {@code id}. */
    public double score(int id) {
        return scores[id];
    }

    @Override
    public int size() {
        return scores.length;
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
