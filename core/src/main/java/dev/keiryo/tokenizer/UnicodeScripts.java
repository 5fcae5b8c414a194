package dev.keiryo.tokenizer;

import java.lang.Character.UnicodeScript;
import org.jspecify.annotations.Nullable;

/**
 * Splits where the script changes. Spaces, and characters of no script, belong to what is before them, and are dropped
 * where nothing is; Hiragana, Katakana and the long-vowel mark count as Han, as SentencePiece has it.
 */
final class UnicodeScripts {
    static final PreTokenizer PRE_TOKENIZER = (text, from, to, first, out) -> {
        int begin = to;
        UnicodeScript last = null;
        for (int i = from; i < to; ) {
            int c = text.codePointAt(i);
            UnicodeScript script = script(c);
            if (script != null && last != null && script != last) {
                out.accept(text, begin, i);
                begin = i;
            }
            if (script != null) {
                begin = last == null ? i : begin;
                last = script;
            }
            i += Character.charCount(c);
        }
        if (begin < to) {
            out.accept(text, begin, to);
        }
    };

    private UnicodeScripts() {}

    /** Null for what fits any script. */
    private static @Nullable UnicodeScript script(int c) {
        if (c == ' ') {
            return null;
        }
        if (c == 0x30FC) {
            return UnicodeScript.HAN;
        }
        UnicodeScript script = UnicodeScript.of(c);
        return switch (script) {
            case HIRAGANA, KATAKANA -> UnicodeScript.HAN;
            case UNKNOWN -> null;
            default -> script;
        };
    }
}
