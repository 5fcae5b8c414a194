package dev.keiryo.synth;

import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.tokenizer.ByteAlphabet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A byte-level BPE vocabulary of any size: the 256 bytes, so that any text can be tokenized; made-up words of the
 * syllables ba to zu; and two control tokens, the beginning and the end of a text. Merges exist for words of one syllable
 * and some of two; the others are what a random model says.
 */
public final class SyntheticVocabulary {
    /** The bytes, the control tokens and one word. */
    public static final int SMALLEST = 259;

    private static final String KEY = "tokenizer.ggml.";
    private static final String CONSONANTS = "bcdfghjklmnpqrstvwyz";
    private static final String VOWELS = "aeiou";
    private static final int SYLLABLES = CONSONANTS.length() * VOWELS.length();
    private static final int MOST_MERGES = 1000;
    private static final long NORMAL = 1;
    private static final long CONTROL = 3;

    private SyntheticVocabulary() {}

    /** Adds the keys of a vocabulary of {@code size} tokens. */
    static void describe(int size, boolean encoder, Map<String, MetadataValue> keys) {
        String[] tokens = new String[size];
        long[] types = new long[size];
        Arrays.fill(types, NORMAL);
        for (int b = 0; b < 256; b++) {
            tokens[b] = String.valueOf(ByteAlphabet.character(b));
        }
        int words = size - SMALLEST + 1;
        List<String> merges = new ArrayList<>();
        for (int i = 0; i < words; i++) {
            String word = word(i);
            tokens[256 + i] = word;
            if (merges.size() < MOST_MERGES) {
                int cut = word.length() > 2 ? word.length() - 2 : 1;
                merges.add(word.substring(0, cut) + " " + word.substring(cut));
            }
        }
        int bos = size - 2;
        int eos = size - 1;
        tokens[bos] = "<|begin|>";
        tokens[eos] = "<|end|>";
        types[bos] = CONTROL;
        types[eos] = CONTROL;
        keys.put(KEY + "model", MetadataValue.of("gpt2"));
        keys.put(KEY + "pre", MetadataValue.of("default"));
        keys.put(KEY + "tokens", MetadataValue.of(tokens));
        keys.put(KEY + "token_type", MetadataValue.of(types));
        keys.put(KEY + "merges", MetadataValue.of(merges.toArray(String[]::new)));
        keys.put(KEY + "bos_token_id", MetadataValue.of((long) bos));
        keys.put(KEY + "eos_token_id", MetadataValue.of((long) eos));
        keys.put(KEY + "add_bos_token", MetadataValue.of(true));
        keys.put(KEY + "add_eos_token", MetadataValue.of(encoder));
        if (encoder) {
            keys.put(KEY + "cls_token_id", MetadataValue.of((long) bos));
            keys.put(KEY + "seperator_token_id", MetadataValue.of((long) eos)); // so spelled in the format
            keys.put(KEY + "token_type_count", MetadataValue.of((long) TensorPlan.SEGMENTS));
        }
    }

    /** Word {@code i}: all of one syllable, then all of two, …; each but its last syllable is an earlier word. */
    private static String word(int i) {
        String word = "";
        for (int rest = i + 1; rest > 0; rest = (rest - 1) / SYLLABLES) {
            int syllable = (rest - 1) % SYLLABLES;
            word = "" + CONSONANTS.charAt(syllable / VOWELS.length()) + VOWELS.charAt(syllable % VOWELS.length())
                    + word;
        }
        return word;
    }
}
