package dev.keiryo.generate;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Sequence breakers as tokens: a token that holds a whole breaker, or one that ends with a breaker's beginning, followed by
 * the tokens of its rest.
 */
final class DryBreakers {
    static final DryBreakers NONE = new DryBreakers();

    /** Bytes of a breaker, and tokens of its rest, that count. */
    private static final int LONGEST = 40;

    private static final int LONGEST_TAIL = 20;
    private static final int[] EMPTY = {};
    private static final int[][] NO_TAILS = {};

    /** For each token, of each breaker that it begins, what must follow; nothing where the token holds it whole. */
    private final int[][][] tails;

    private DryBreakers() {
        tails = new int[0][][];
    }

    DryBreakers(TokenTexts texts, List<String> breakers) {
        tails = new int[texts.size()][][];
        Arrays.fill(tails, NO_TAILS);
        for (String breaker : breakers) {
            byte[] all = breaker.getBytes(StandardCharsets.UTF_8);
            byte[] bytes = Arrays.copyOf(all, Math.min(all.length, LONGEST));
            int[][] rests = new int[bytes.length][];
            for (int id = 0; id < texts.size(); id++) {
                add(texts, id, bytes, rests);
            }
        }
    }

    private void add(TokenTexts texts, int id, byte[] breaker, int[][] rests) {
        byte[] token = texts.bytes(id);
        for (int at = 0; at + breaker.length <= token.length; at++) {
            if (TokenTexts.matches(token, at, breaker, 0, breaker.length)) {
                add(id, EMPTY);
                return;
            }
        }
        for (int shared = Math.min(breaker.length - 1, token.length); shared > 0; shared--) {
            if (TokenTexts.matches(token, token.length - shared, breaker, 0, shared)) {
                if (rests[shared] == null) {
                    String rest = new String(breaker, shared, breaker.length - shared, StandardCharsets.UTF_8);
                    int[] ids = texts.encode(rest);
                    rests[shared] = Arrays.copyOf(ids, Math.min(ids.length, LONGEST_TAIL));
                }
                add(id, rests[shared]);
            }
        }
    }

    private void add(int id, int[] tail) {
        tails[id] = Arrays.copyOf(tails[id], tails[id].length + 1);
        tails[id][tails[id].length - 1] = tail;
    }

    /** Whether {@code id} alone holds a breaker. */
    boolean isBreaker(int id) {
        for (int[] tail : tails(id)) {
            if (tail.length == 0) {
                return true;
            }
        }
        return false;
    }

    /** Of the breakers that begin {@code back} tokens before the end, the most tokens behind the first; -1 for none. */
    int longestTail(History history, int back) {
        int longest = -1;
        for (int[] tail : tails(history.last(back))) {
            if (tail.length > longest && tail.length <= back && follows(history, back, tail)) {
                longest = tail.length;
            }
        }
        return longest;
    }

    private int[][] tails(int id) {
        return id < tails.length ? tails[id] : NO_TAILS;
    }

    private static boolean follows(History history, int back, int[] tail) {
        for (int i = 0; i < tail.length; i++) {
            if (history.last(back - 1 - i) != tail[i]) {
                return false;
            }
        }
        return true;
    }
}
