package dev.keiryo.tokenizer;

/**
 * A token that is cut out of the text before everything else.
 *
 * @param id its id, inside the model's vocabulary or beyond it
 * @param content the text that spells it
 * @param singleWord only where no word character touches it
 * @param leftStrip swallows the white space before it
 * @param rightStrip swallows the white space after it
 * @param normalized searched in the normalized text, its content normalized too; else in the raw text
 * @param special a control token: parsed only if asked for, left out of decoded text if asked for
 */
public record AddedToken(
        int id,
        String content,
        boolean singleWord,
        boolean leftStrip,
        boolean rightStrip,
        boolean normalized,
        boolean special) {
    /** A control token as most vocabularies have them: searched in the raw text, nothing stripped. */
    public static AddedToken control(int id, String content) {
        return new AddedToken(id, content, false, false, false, false, true);
    }

    /** A user-defined token: always cut out of the raw text, kept when decoding. */
    public static AddedToken userDefined(int id, String content) {
        return new AddedToken(id, content, false, false, false, false, false);
    }
}
