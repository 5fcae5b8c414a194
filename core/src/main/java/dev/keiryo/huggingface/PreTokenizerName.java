package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Finds the name by which GGUF ({@code tokenizer.ggml.pre}) knows the splitting that a {@code tokenizer.json} with
 * byte-level BPE describes, by what it does, not by which model it belongs to.
 */
final class PreTokenizerName {
    private static final String LINES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String LETTERS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
    private static final String SYMBOLS = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" + LINES;
    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String CJK_HANGUL = "Split([一-龥ࠀ-一가-퟿]+)";

    private static final Map<String, String> NAMES = new HashMap<>();

    static {
        NAMES.put("ByteLevel(GPT-2)", "gpt-2");
        NAMES.put("ByteLevel(GPT-2) after a space", "gpt-2");
        NAMES.put("Digits(each) ByteLevel(GPT-2)", "starcoder");
        NAMES.put("Split(" + LETTERS + "\\p{N}{1,3}" + SYMBOLS + ") ByteLevel", "llama-bpe");
        NAMES.put("Split(" + LETTERS + "\\p{N}" + SYMBOLS + ") ByteLevel", "qwen2");
        NAMES.put("Punctuation ByteLevel(GPT-2) Digits Split([0-9][0-9][0-9])", "falcon");
        NAMES.put(
                "Split([\\r\\n]) Split(\\s?\\p{L}+) Split(\\s?\\p{P}+) " + CJK_HANGUL + " Digits(each) ByteLevel",
                "deepseek-coder");
        NAMES.put(
                "Split(\\p{N}{1,3}) Split([一-龥぀-ゟ゠-ヿ]+) Split([!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
                        + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" + LINES
                        + ") ByteLevel",
                "deepseek-v3");
        NAMES.put("Split(" + cased("", "\\p{N}") + ") ByteLevel", "tekken");
        NAMES.put("Split(" + cased("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "\\p{N}{1,3}") + ") ByteLevel", "gpt-4o");
    }

    private PreTokenizerName() {}

    private static String cased(String contraction, String number) {
        String before = "[^\\r\\n\\p{L}\\p{N}]?";
        return before + UPPER + "*" + LOWER + "+" + contraction + "|" + before + UPPER + "+" + LOWER + "*" + contraction
                + "|" + number + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + LINES;
    }

    /**
     * @param preTokenizer the {@code pre_tokenizer} of {@code tokenizer.json}
     * @param wholeEntries whether a pre-token that is an entry is taken whole, whatever the merges say
     */
    static String of(String source, JsonNode preTokenizer, boolean wholeEntries) throws FormatException {
        List<String> steps = new ArrayList<>();
        describe(preTokenizer, steps);
        String all = String.join(" ", steps);
        String name = NAMES.get(all);
        if (name != null) {
            // the same splitting; readers of GGUF take entries whole for the one name, not for the other
            return name.equals("llama-bpe") && !wholeEntries ? "dbrx" : name;
        }
        // The passage between scripts is written with its code points or spelled out; letters of DeepSeek's are many.
        if (all.startsWith("Split([\\r\\n]) Split(\\s?[A-Za-zµ") && all.endsWith(CJK_HANGUL + " Digits ByteLevel")) {
            return "deepseek-llm";
        }
        throw new FormatException(
                source, "GGUF has no name for this pre_tokenizer: " + all + "; models with it cannot be converted");
    }

    private static void describe(JsonNode step, List<String> out) {
        switch (step.path("type").asString("")) {
            case "Sequence" -> step.path("pretokenizers").forEach(s -> describe(s, out));
            case "ByteLevel" ->
                out.add((step.path("use_regex").asBoolean(true) ? "ByteLevel(GPT-2)" : "ByteLevel")
                        + (step.path("add_prefix_space").asBoolean(true) ? " after a space" : ""));
            case "Digits" -> out.add(step.path("individual_digits").asBoolean(false) ? "Digits(each)" : "Digits");
            case "Split" -> {
                // Line ends are written as escapes or as themselves.
                String regex = step.path("pattern").path("Regex").asString("");
                out.add("Split(" + regex.replace("\r", "\\r").replace("\n", "\\n") + ")");
            }
            default -> out.add(step.path("type").asString("none"));
        }
    }
}
