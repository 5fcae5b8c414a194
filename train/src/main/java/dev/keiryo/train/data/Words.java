package dev.keiryo.train.data;

import java.util.Arrays;

/**
 * The words of a text: runs of letters, digits and marks. Where a script writes no spaces (Japanese), a run of one kind of characters
 * (kanji, hiragana, katakana) is a word, which is what a dictionary would say more often than not.
 */
final class Words {
    private final String text;
    private int[] from = new int[64];
    private int[] to = new int[64];
    private int count;

    /** What a character is. */
    enum Kind {
        /** Letters of scripts that put spaces between words; digits; marks on letters. */
        LETTER,
        HAN,
        HIRAGANA,
        KATAKANA,
        /** No part of a word. */
        NONE
    }

    Words(String text) {
        this.text = text;
        Kind open = Kind.NONE;
        int begin = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            Kind kind = kind(c);
            if (kind == Kind.KATAKANA && c == 'ー' && open == Kind.HIRAGANA) {
                kind = open;
            } else if (kind == Kind.NONE && (c == '\'' || c == '’') && open == Kind.LETTER && isLetter(i + 1)) {
                kind = open;
            }
            if (kind != open) {
                if (open != Kind.NONE) {
                    add(begin, i);
                }
                begin = i;
                open = kind;
            }
            i += Character.charCount(c);
        }
        if (open != Kind.NONE) {
            add(begin, text.length());
        }
    }

    private boolean isLetter(int i) {
        return i < text.length() && Character.isLetter(text.charAt(i));
    }

    private void add(int begin, int end) {
        if (count == from.length) {
            from = Arrays.copyOf(from, 2 * count);
            to = Arrays.copyOf(to, 2 * count);
        }
        from[count] = begin;
        to[count++] = end;
    }

    static Kind kind(int c) {
        if (c < 0x80) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? Kind.LETTER : Kind.NONE;
        }
        if (c == 'ー') {
            return Kind.KATAKANA;
        }
        if (c < 0x2e80) {
            return Character.isLetterOrDigit(c) || Character.getType(c) == Character.NON_SPACING_MARK
                    ? Kind.LETTER
                    : Kind.NONE;
        }
        return switch (Character.UnicodeScript.of(c)) {
            case HIRAGANA -> Kind.HIRAGANA;
            case KATAKANA -> Kind.KATAKANA;
            case HAN -> Character.isLetter(c) || c == '々' ? Kind.HAN : Kind.NONE;
            default -> Character.isLetterOrDigit(c) ? Kind.LETTER : Kind.NONE;
        };
    }

    int count() {
        return count;
    }

    int from(int word) {
        return from[word];
    }

    int to(int word) {
        return to[word];
    }

    /** Characters (code points) of a word. */
    int length(int word) {
        return text.codePointCount(from[word], to[word]);
    }

    String word(int word) {
        return text.substring(from[word], to[word]);
    }

    /** Whether most characters in words are of scripts without spaces. */
    static boolean isUnspaced(String text) {
        int unspaced = 0;
        int letters = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            Kind kind = kind(c);
            if (kind == Kind.LETTER) {
                letters++;
            } else if (kind != Kind.NONE) {
                unspaced += 3; // a kanji or kana says as much as several letters
            }
            i += Character.charCount(c);
        }
        return unspaced > letters;
    }
}
