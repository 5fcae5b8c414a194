package dev.keiryo.generate;

import dev.keiryo.tokenizer.ByteAlphabet;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that each token of a vocabulary adds to a text, for links that know strings. Computed when first asked for;
 * thread-safe.
 */
public final class TokenTexts {
    private final Tokenizer tokenizer;
    private final Map<Object, Object> derived = new ConcurrentHashMap<>();
    private byte @Nullable [] @Nullable [] bytes;

    public TokenTexts(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    public int size() {
        return tokenizer.size();
    }

    /** Whether {@code id} is a control token, which is not shown. */
    public boolean isSpecial(int id) {
        return id < size() && tokenizer.isSpecial(id);
    }

    /** What {@code id} adds inside a text; for a control token, its name. */
    public synchronized byte[] bytes(int id) {
        if (id < 0 || id >= size()) {
            return new byte[0];
        }
        if (bytes == null) {
            bytes = new byte[size()][];
        }
        byte[] known = bytes[id];
        if (known == null) {
            known = compute(id);
            bytes[id] = known;
        }
        return known;
    }

    /** The ids of {@code text} as ordinary text within another. */
    public int[] encode(String text) {
        return tokenizer.encode(text, SpecialTokens.LITERAL, false);
    }

    /** What {@code compute} makes of these texts; computed once for each {@code key}. */
    @SuppressWarnings("unchecked") // a key belongs to one kind of value
    <K, V> V derive(K key, Function<TokenTexts, V> compute) {
        Object value = derived.get(key);
        if (value == null) {
            value = compute.apply(this);
            derived.put(key, value);
        }
        return (V) value;
    }

    private byte[] compute(int id) {
        String piece = tokenizer.piece(id);
        String text = within(id);
        if (text.indexOf('\uFFFD') >= 0 && !tokenizer.isSpecial(id)) {
            // part of a character: decoding cannot show it, but the piece spells its bytes
            byte[] spelled = spelled(piece);
            if (spelled != null) {
                return spelled;
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The text of {@code id} behind another token, since vocabularies treat a text's first token in their own way. */
    private String within(int id) {
        int[] before = encode("a");
        if (before.length == 0) {
            return tokenizer.decode(new int[] {id}, false);
        }
        int anchor = before[before.length - 1];
        String alone = tokenizer.decode(new int[] {anchor}, false);
        String both = tokenizer.decode(new int[] {anchor, id}, false);
        return both.startsWith(alone) ? both.substring(alone.length()) : tokenizer.decode(new int[] {id}, false);
    }

    /** The bytes of {@code <0xAB>}, or of a piece in GPT-2's alphabet. */
    private static byte @Nullable [] spelled(String piece) {
        if (piece.matches("<0x[0-9A-Fa-f]{2}>")) {
            return new byte[] {(byte) Integer.parseInt(piece, 3, 5, 16)};
        }
        byte[] out = new byte[piece.length()];
        for (int i = 0; i < out.length; i++) {
            int b = 0;
            while (b < 256 && ByteAlphabet.character(b) != piece.charAt(i)) {
                b++;
            }
            if (b == 256) {
                return null;
            }
            out[i] = (byte) b;
        }
        return out;
    }

    /** Whether {@code part} is in {@code whole} at {@code at}, which it may not leave. */
    static boolean matches(byte[] whole, int at, byte[] part, int from, int to) {
        return at >= 0 && at + to - from <= whole.length && Arrays.equals(whole, at, at + to - from, part, from, to);
    }
}
