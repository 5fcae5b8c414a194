package dev.keiryo.tokenizer;

/**
 * Text to token ids and back: special tokens are cut out, the rest is normalized, split, and encoded by the model; a
 * post-processor adds BOS and the like; decoding undoes it. Immutable and thread-safe.
 */
public interface Tokenizer {
    /** What to do with text that spells a special token, e.g. {@code <|im_start|>}. */
    enum SpecialTokens {
        /** It becomes that token: for templates. */
        PARSED,
        /** It is ordinary text: for what users typed. */
        LITERAL
    }

    /**
     * Encodes {@code text}.
     *
     * @param special whether text that spells a special token becomes it
     * @param addSpecial whether to add what the model expects around a text (BOS, [CLS] … [SEP], EOS)
     */
    int[] encode(String text, SpecialTokens special, boolean addSpecial);

    /**
     * Decodes {@code ids}; bytes that are not UTF-8 become U+FFFD.
     *
     * @param skipSpecial leaves out special (control) tokens
     */
    String decode(int[] ids, boolean skipSpecial);

    /** A decoder to be fed token by token, which never splits a character. */
    StreamDecoder stream(boolean skipSpecial);

    /** Number of ids, added tokens included. */
    int size();

    /** The vocabulary entry of {@code id} as stored. */
    String piece(int id);

    /** The id of a stored vocabulary entry or added token, or -1. */
    int id(String piece);

    /** Whether {@code id} is a special (control) token. */
    boolean isSpecial(int id);

    /** Beginning of sequence, or -1 where the vocabulary has none. */
    int bos();

    /** End of sequence, or -1 where the vocabulary has none. */
    int eos();

    /** Feeds tokens, gives text. */
    interface StreamDecoder {
        /** The text that {@code id} completes; empty while a character is unfinished. */
        String next(int id);

        /** What is left at the end: an unfinished character as U+FFFD, or nothing. */
        String finish();
    }
}
