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
    /** What a text is put behind, so that it is not encoded as the first of all. */
    private static final String[] BEFORE = {"", "\n", "a", "."};

    private final Tokenizer tokenizer;
    private final Map<Object, Object> derived = new ConcurrentHashMap<>();
    private byte @Nullable [] @Nullable [] bytes;
    /** The last token of a text that others are put behind, and what it says; -1 where there is none. */
    private int anchor;

    private @Nullable String anchorText;

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

    /** The id of a stored entry or added token, or -1. */
    public int id(String piece) {
        return tokenizer.id(piece);
    }

    /** The tokens that usually spell {@code text} behind another one; empty where they cannot be told from that one's. */
    int[] spell(String text) {
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        for (String before : BEFORE) {
            int[] ids = encode(before + text);
            int left = wanted.length;
            for (int from = ids.length; from >= 0; from--) {
                if (left == 0) {
                    return Arrays.copyOfRange(ids, from, ids.length);
                }
                byte[] token = from == 0 ? wanted : bytes(ids[from - 1]);
                if (from == 0 || token.length == 0 || !matches(wanted, left - token.length, token, 0, token.length)) {
                    break;
                }
                left -= token.length;
            }
        }
        return new int[0];
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
        if (anchorText == null) {
            int[] before = encode("a");
            anchor = before.length == 0 ? -1 : before[before.length - 1];
            anchorText = anchor < 0 ? "" : tokenizer.decode(new int[] {anchor}, false);
        }
        String both = anchor < 0 ? "" : tokenizer.decode(new int[] {anchor, id}, false);
        return anchor >= 0 && both.startsWith(anchorText)
                ? both.substring(anchorText.length())
                : tokenizer.decode(new int[] {id}, false);
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
