package dev.keiryo.tokenizer;

/**
 * A tokenizer's regular expression needs more time or stack than a text of this length should take. The patterns of
 * real vocabularies need time proportional to the text; one written to be slow does not.
 */
public final class BacktrackingException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    BacktrackingException(String pattern) {
        super("the tokenizer's pattern " + pattern + " backtracks too much on this text");
    }

    BacktrackingException(String pattern, Throwable cause) {
        super("the text is too long for the tokenizer's pattern " + pattern, cause);
    }
}
