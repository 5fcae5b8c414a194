package dev.keiryo.train.data;

import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;

/**
 * The language of a text: by its script, and where that is Latin by {@link EnglishProfile}. Text in kana, or in kanji alone where few or none of them are
 * outside of Japan's standard set (JIS X 0208), is Japanese; long text without kana is Chinese.
 */
public enum Language {
    ENGLISH("en"),
    JAPANESE("ja"),
    OTHER("other");

    /** A kanji or kana says as much as several letters. */
    private static final int LETTERS = 3;

    /** So many kanji without kana between them are no Japanese heading or name. */
    private static final int SENTENCE = 20;

    private static final ThreadLocal<CharsetEncoder> JIS =
            ThreadLocal.withInitial(() -> Charset.forName("Shift_JIS").newEncoder());

    private final String code;

    Language(String code) {
        this.code = code;
    }

    /** {@code en}, {@code ja} or {@code other}. */
    public String code() {
        return code;
    }

    /** The language in which most of {@code text} is written; {@link #OTHER} where it has no letters. */
    public static Language of(String text) {
        int latin = 0;
        int kana = 0;
        int han = 0;
        int foreign = 0;
        int other = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            switch (Words.kind(c)) {
                case HAN -> {
                    han++;
                    foreign += JIS.get().canEncode(Character.toString(c)) ? 0 : 1;
                }
                case HIRAGANA, KATAKANA -> kana++;
                case LETTER -> {
                    if (c < 0x250 && Character.isLetter(c)) {
                        latin++;
                    } else if (Character.isLetter(c)) {
                        other++;
                    }
                }
                case NONE -> {}
            }
        }
        int japanese = LETTERS * (kana + han);
        if (japanese > latin && japanese > other) {
            boolean chinese = foreign * 10 > han || (han >= SENTENCE && kana * 20 < han);
            return chinese ? OTHER : JAPANESE;
        }
        return latin > other && EnglishProfile.standard().matches(text) ? ENGLISH : OTHER;
    }
}
