package dev.keiryo.tokenizer;

import java.lang.Character.UnicodeScript;
import org.jspecify.annotations.Nullable;

/**
 * Splits where the script changes. Spaces belong to whatever is beside them; Hiragana, Katakana and the long-vowel mark
 * count as Han, as SentencePiece has it.
 */
final class UnicodeScripts {
    static final PreTokenizer PRE_TOKENIZER = (text, from, to, first, out) -> {
        int begin = from;
        UnicodeScript last = null;
        for (int i = from; i < to; ) {
            int c = text.codePointAt(i);
            UnicodeScript script = script(c);
            if (script != null && last != null && script != last) {
                out.accept(text, begin, i);
                begin = i;
            }
            if (script != null) {
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
        return script == UnicodeScript.HIRAGANA || script == UnicodeScript.KATAKANA ? UnicodeScript.HAN : script;
    }
}
