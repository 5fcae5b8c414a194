package dev.keiryo.generate;

import dev.keiryo.tokenizer.IntSequence;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** For each beginning of a banned string, the tokens that would complete it. Immutable. */
final class BannedEndings {
    private final TokenTexts texts;
    private final byte[][] strings;
    /** {@code completing[s][n]}: the tokens that must not follow the first n bytes of string s. */
    private final int[][][] completing;

    BannedEndings(TokenTexts texts, List<String> banned) {
        this.texts = texts;
        strings = banned.stream()
                .map(string -> string.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        completing = new int[strings.length][][];
        for (int s = 0; s < strings.length; s++) {
            completing[s] = completing(strings[s]);
        }
    }

    private int[][] completing(byte[] string) {
        IntSequence[] found = new IntSequence[string.length];
        Arrays.setAll(found, n -> new IntSequence());
        for (int id = 0; id < texts.size(); id++) {
            byte[] token = texts.isSpecial(id) ? new byte[0] : texts.bytes(id);
            for (int at = 0; at + string.length <= token.length; at++) {
                if (TokenTexts.matches(token, at, string, 0, string.length)) {
                    found[0].add(id);
                    break;
                }
            }
            for (int n = 1; n < string.length; n++) {
                if (TokenTexts.matches(token, 0, string, n, string.length)) {
                    found[n].add(id);
                }
            }
        }
        return Arrays.stream(found).map(IntSequence::toArray).toArray(int[][]::new);
    }

    void apply(Candidates candidates, History history) {
        for (int s = 0; s < strings.length; s++) {
            candidates.ban(completing[s][0]);
            for (int n = 1; n < strings[s].length; n++) {
                if (completing[s][n].length > 0 && endsWith(history, strings[s], n)) {
                    candidates.ban(completing[s][n]);
                }
            }
        }
    }

    /** Whether the text of {@code history} ends with the first {@code n} bytes of {@code string}. */
    private boolean endsWith(History history, byte[] string, int n) {
        int left = n;
        for (int back = 0; left > 0 && back < history.size(); back++) {
            int id = history.last(back);
            byte[] token = texts.isSpecial(id) ? string : texts.bytes(id);
            int shared = texts.isSpecial(id) ? 0 : Math.min(left, token.length);
            if (!TokenTexts.matches(token, token.length - shared, string, left - shared, left)) {
                return false;
            }
            left -= shared;
        }
        return left == 0;
    }
}
