package dev.keiryo.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Texts that are hard to split: scripts, spaces, marks, emoji, controls and parts of special tokens, mixed. */
final class RandomUnicode {
    private static final String[] FRAGMENTS = {
        " ",
        "  ",
        "   ",
        "\n",
        "\r\n",
        "\n\n",
        "\t",
        "\u3000",
        "\u00A0",
        "\u2028",
        "\u200D",
        "\u200B",
        "\uFEFF",
        "'s",
        "'S",
        "'LL",
        "'re",
        "'",
        "\u017F",
        "'\u017F",
        "don't",
        "Hello",
        "hELLO",
        "HTTPServer",
        "iPhone",
        "ﬁ",
        "é",
        "e\u0301",
        "\u0301",
        "ǅ",
        "ʰ",
        "ª",
        "東京",
        "タワー",
        "ー",
        "です。",
        "한국어",
        "ไทย",
        "हिन्दी",
        "עברית",
        "العربية",
        "0",
        "123",
        "12345",
        "½",
        "٣",
        "Ⅷ",
        "．",
        "…",
        "—",
        "!",
        "?!",
        "...",
        "//",
        "/",
        "\n/",
        "$",
        "€",
        "+=",
        "<",
        "<|",
        "|>",
        "<|im_",
        "<s",
        "<s>",
        "</s>",
        "<unk>",
        "<0x41>",
        "<|endoftext|>",
        "▁",
        "▁▁",
        "Ġ",
        "😀",
        "👨‍👩‍👧",
        "🇯🇵",
        "👍🏽",
        "𝔘",
        "\uD840\uDC00",
        "\u0000",
        "\u0007",
        "\u007F",
        "\u0085",
        "\u001C",
        "\uFFFD",
        "\uE000"
    };

    /** Ranges that have been full, with the same properties, since Unicode 8. */
    private static final int[] SETTLED = {
        0x00, 0x377, 0x384, 0x527, 0x5D0, 0x5EA, 0x60C, 0x61B, 0x620, 0x6FF, 0x904, 0x939, 0xE01, 0xE3A, 0x1E00, 0x1EFF,
        0x2000, 0x2064, 0x20A0, 0x20BE, 0x2100, 0x218B, 0x2190, 0x23FA, 0x2500, 0x27BF, 0x3000, 0x30FF, 0x3400, 0x4DB5,
        0x4E00, 0x9FD5, 0xAC00, 0xD7A3, 0xE000, 0xFA6D, 0xFF01, 0xFFDC, 0x1F300, 0x1F578, 0x20000, 0x2A6D6
    };

    private RandomUnicode() {}

    /** Whether implementations of every age agree on what {@code text}'s characters are. */
    static boolean settled(String text) {
        return text.codePoints().allMatch(RandomUnicode::settled);
    }

    private static boolean settled(int c) {
        for (int i = 0; i < SETTLED.length; i += 2) {
            if (c >= SETTLED[i] && c <= SETTLED[i + 1]) {
                return true;
            }
        }
        // what the fragments hold besides
        return c == 0x200B
                || c == 0xFB01
                || c == 0x94D
                || c == 0x940
                || c == 0x93F
                || c == 0xFEFF
                || c == 0xFFFD
                || c >= 0x1F000;
    }

    /** @param tokenizer whose added tokens and entries are mixed in */
    static List<String> texts(Random random, int count, Tokenizer tokenizer) {
        List<String> texts = new ArrayList<>();
        List<AddedToken> added = tokenizer.parts().added();
        for (int n = 0; n < count; n++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(24); i >= 0; i--) {
                switch (random.nextInt(8)) {
                    case 0 -> text.appendCodePoint(codePoint(random, 0x80));
                    case 1 -> text.appendCodePoint(codePoint(random, 0x800));
                    case 2 -> text.appendCodePoint(codePoint(random, random.nextInt(4) == 0 ? 0x20000 : 0x10000));
                    case 3 -> {
                        if (!added.isEmpty() && random.nextInt(4) == 0) {
                            String content =
                                    added.get(random.nextInt(added.size())).content();
                            text.append(content, 0, prefix(random, content));
                        }
                    }
                    default -> text.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
                }
            }
            texts.add(text.toString());
        }
        return texts;
    }

    private static int prefix(Random random, String content) {
        int length = random.nextBoolean() ? content.length() : random.nextInt(content.length() + 1);
        return length > 0 && length < content.length() && Character.isHighSurrogate(content.charAt(length - 1))
                ? length - 1
                : length;
    }

    /** An assigned character: implementations know different versions of Unicode. */
    private static int codePoint(Random random, int bound) {
        while (true) {
            int c = random.nextInt(bound);
            if (Character.isDefined(c) && Character.getType(c) != Character.SURROGATE) {
                return c;
            }
        }
    }

    static String visible(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints()
                .forEach(c -> out.append(c > ' ' && c < 0x7F ? Character.toString(c) : "\\u{%X}".formatted(c)));
        return out.toString();
    }
}
