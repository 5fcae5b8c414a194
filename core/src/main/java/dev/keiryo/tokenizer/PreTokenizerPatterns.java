package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The patterns of well-known vocabularies, and the names that GGUF files give them.
 *
 * <p>Source: the models' {@code tokenizer.json}; the names are those that llama.cpp writes.
 */
final class PreTokenizerPatterns {
    private static final String GPT2_TEXT =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String LINES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String SYMBOLS = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" + LINES;
    private static final String LLAMA3 = CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}" + SYMBOLS;
    static final String QWEN2 = CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + SYMBOLS;
    private static final String QWEN35 =
            CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" + LINES;
    private static final String SEED_CODER =
            CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|" + LINES;
    private static final String BAILING = "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";
    /** Letters with their marks, single spaces between; the loops are possessive, so they take no stack. */
    private static final String EXAONE_MOE = CONTRACTION
            + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}[\\p{L}\\p{M}]*+(?: \\p{L}[\\p{L}\\p{M}]*+)*+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";

    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String TEKKEN = cased("", "\\p{N}");
    private static final String O200K = cased(CONTRACTION + "?", "\\p{N}{1,3}");
    private static final String YOUTU = cased(CONTRACTION + "?", "\\p{N}");

    private static final String CJK = "[一-龥぀-ゟ゠-ヿ]+";
    private static final String DEEPSEEK3 = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
            + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" + LINES;
    private static final String DEEPSEEK_LETTERS =
            "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿ"
                    + "ᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u1F7Dᾀ-ᾴᾶ-ᾼ\u1FBEῂ-ῄῆ-ῌῐ-\u1FD3ῖ-\u1FDBῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\u2126ℨ\u212A-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄ"
                    + "Ⰰ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+";
    private static final String CJK_HANGUL = "[一-龥ࠀ-一가-\uD7FF]+";

    private static final String BLOOM = " ?[^(\\s|.,!?…。，、।۔،)]+";

    static final Pattern GPT2 = compile(GPT2_TEXT);
    static final Pattern WORDS = compile("\\w+|[^\\w\\s]+");

    private static final Map<String, List<String>> NAMED = new HashMap<>();

    static {
        name(List.of("[\\p{P}$+<=>\\^~|]+", GPT2_TEXT, "\\p{N}+", "[0-9][0-9][0-9]"), "default");
        name(
                List.of(GPT2_TEXT),
                "gpt-2 phi-2 jina-es jina-de gigachat jina-v1-en jina-v2-es jina-v2-de jina-v2-code roberta-bpe a.x-4.0"
                        + " mellum modern-bert mpt olmo jais exaone4 trillion granite-docling");
        name(
                List.of(LLAMA3),
                "llama3 llama-v3 llama-bpe laguna falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano dbrx smaug-bpe"
                        + " chatglm-bpe glm4");
        name(
                List.of(QWEN2),
                "qwen2 deepseek-r1-qwen kormo openpangu f2llmv2 megrez stablelm2 hunyuan solar-open grok-2");
        name(List.of(QWEN35), "qwen35");
        name(List.of("\\p{N}", GPT2_TEXT), "starcoder refact command-r cohere2_moe smollm codeshell exaone minerva-7b");
        name(List.of("[\\p{P}$+<=>\\^~|`]+", GPT2_TEXT, "[0-9][0-9][0-9]"), "falcon");
        name(
                List.of(
                        "[\\r\\n]",
                        DEEPSEEK_LETTERS,
                        "\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+",
                        "\\s+\\z",
                        CJK_HANGUL,
                        "\\p{N}+"),
                "deepseek-llm");
        name(List.of("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", CJK_HANGUL, "\\p{N}"), "deepseek-coder");
        name(List.of("\\p{N}{1,3}", CJK, DEEPSEEK3), "deepseek-v3 hunyuan-dense joyai-llm");
        name(List.of("[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|" + CJK, YOUTU), "youtu");
        name(List.of(BLOOM), "bloom poro-chat gpt3-finnish");
        name(List.of(BLOOM, "\\p{N}"), "viking");
        name(List.of(TEKKEN), "tekken");
        name(List.of(O200K), "gpt-4o llama4 kanana2 minimax-m2");
        name(List.of("\\d{1,3}(?=(?:\\d{3})*\\b)", O200K), "tiny_aya");
        name(List.of("\\p{N}+", "(?=(\\d{3})+(?!\\d))"), "superbpe");
        name(List.of(BAILING), "bailingmoe bailingmoe2 llada-moe");
        name(List.of(SEED_CODER), "seed-coder");
        name(List.of(EXAONE_MOE), "exaone-moe");
        name(
                List.of(
                        "<sentinel:[0-9]+>",
                        "IMGIMG[A-I]{1,4}Z",
                        "[\\t\\n]|    |  ",
                        "\\p{N}",
                        "[\\p{P}!-/:-@\\[-`{-~]",
                        GPT2_TEXT),
                "chameleon");
    }

    private PreTokenizerPatterns() {}

    private static void name(List<String> patterns, String names) {
        for (String name : names.split(" ", -1)) {
            NAMED.put(name, patterns);
        }
    }

    /** Words end where lower case turns to upper case. */
    private static String cased(String contraction, String number) {
        String before = "[^\\r\\n\\p{L}\\p{N}]?";
        return before + UPPER + "*" + LOWER + "+" + contraction + "|" + before + UPPER + "+" + LOWER + "*" + contraction
                + "|" + number + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + LINES;
    }

    private static Pattern compile(String regex) {
        try {
            return OnigurumaSyntax.compile("built-in pattern", regex);
        } catch (FormatException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Each pattern of any name once. */
    static List<Pattern> all() {
        return NAMED.values().stream()
                .flatMap(List::stream)
                .distinct()
                .map(PreTokenizerPatterns::compile)
                .toList();
    }

    static PreTokenizer named(String source, String name) throws FormatException {
        List<String> patterns = NAMED.get(name);
        if (patterns == null) {
            throw new FormatException(
                    source, "pre-tokenizer \"" + name + "\" is unknown; its pattern must be added to the table");
        }
        List<PreTokenizer> steps = new ArrayList<>();
        for (String pattern : patterns) {
            steps.add(Split.of(compile(pattern), SplitBehavior.ISOLATED, false));
        }
        return PreTokenizers.sequence(steps);
    }
}
