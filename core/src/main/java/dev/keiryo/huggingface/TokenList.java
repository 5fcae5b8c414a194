package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.MetadataValue;
import java.util.Arrays;
import java.util.Map;

/** A vocabulary by id, as GGUF stores it: texts, scores and types. */
final class TokenList {
    static final int NORMAL = 1;
    static final int UNKNOWN = 2;
    static final int CONTROL = 3;
    static final int USER_DEFINED = 4;
    static final int UNUSED = 5;
    static final int BYTE = 6;

    private static final float ADDED_SCORE = -1000;

    private final String source;
    private final String[] texts;
    private final double[] scores;
    private final long[] types;

    /** @param size tokens, all unused so far */
    TokenList(String source, int size) {
        this.source = source;
        texts = new String[size];
        scores = new double[size];
        types = new long[size];
        Arrays.setAll(texts, i -> "[PAD" + i + "]");
        Arrays.fill(types, UNUSED);
        Arrays.fill(scores, 10 * ADDED_SCORE);
    }

    int size() {
        return texts.length;
    }

    void set(int id, String text, double score, int type) throws FormatException {
        if (id < 0 || id >= texts.length) {
            throw new FormatException(
                    source, "token \"" + text + "\" has the id " + id + ", but the model has only " + texts.length);
        }
        texts[id] = text;
        scores[id] = score;
        types[id] = type;
    }

    /** A token cut out of the text before the model sees it; one that looks special is special. */
    void add(int id, String text, boolean special) throws FormatException {
        boolean unknown = id >= 0 && id < types.length && types[id] == UNKNOWN;
        boolean control = special || looksSpecial(text);
        set(
                id,
                control ? text : text.replace('▁', ' '),
                ADDED_SCORE,
                unknown ? UNKNOWN : control ? CONTROL : USER_DEFINED);
    }

    private static boolean looksSpecial(String text) {
        return text.equals("<pad>")
                || text.equals("<mask>")
                || (text.startsWith("<|") && text.endsWith("|>"))
                || (text.startsWith("<｜") && text.endsWith("｜>"))
                || (text.startsWith("<unused") && text.endsWith(">"));
    }

    void write(Map<String, MetadataValue> keys, boolean scored) {
        keys.put("tokenizer.ggml.tokens", MetadataValue.of(texts));
        if (scored) {
            keys.put("tokenizer.ggml.scores", MetadataValue.of(scores));
        }
        keys.put("tokenizer.ggml.token_type", MetadataValue.of(types));
    }
}
