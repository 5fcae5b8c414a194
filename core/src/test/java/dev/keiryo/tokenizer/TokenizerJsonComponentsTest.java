package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each component by itself against the library that defines it, on random Unicode. */
final class TokenizerJsonComponentsTest {
    /** Byte tokens and no merges: the ids are the text that reaches the model. */
    private static String spelling() {
        StringBuilder vocab = new StringBuilder("{\"<unk>\":0");
        for (int b = 0; b < 256; b++) {
            vocab.append(",\"<0x%02X>\":%d".formatted(b, b + 1));
        }
        return "{\"type\":\"BPE\",\"byte_fallback\":true,\"unk_token\":\"<unk>\",\"vocab\":" + vocab
                + "},\"merges\":[]}";
    }

    /** One id for each piece: the ids count the pieces and tell the known ones. */
    private static final String COUNTING = """
            {"type":"WordLevel","unk_token":"<unk>","vocab":{"<unk>":0,"Hello":1," ":2,"▁":3,"'":4,"東京":5,"!":6,"123":7,"1":8,
             "▁Hello":9,"Ġ":10,"don":11,"don't":12,"iPhone":13,"한국어":14,"...":15,".":16,"/":17," Hello":18,"HTTPServer":19}}
            """;

    private static void agrees(String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        Tokenizer ours = TokenizerJson.parse("test", bytes);
        try (HuggingFaceTokenizer theirs = HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(bytes),
                Map.of("addSpecialTokens", "false", "padding", "false", "truncation", "false"))) {
            List<String> texts = RandomUnicode.texts(new Random(9), 1000, ours);
            // the library's tables are of several versions of Unicode
            texts.removeIf(text -> !RandomUnicode.settled(text));
            assertTrue(texts.size() > 200);
            var encodings = theirs.batchEncode(texts, false, false);
            for (int i = 0; i < texts.size(); i++) {
                String text = texts.get(i);
                int[] expected = Arrays.stream(encodings[i].getIds())
                        .mapToInt(Math::toIntExact)
                        .toArray();
                int[] actual = ours.encode(text, Tokenizer.SpecialTokens.PARSED, false);
                assertArrayEquals(expected, actual, () -> RandomUnicode.visible(text));
                assertEquals(theirs.decode(encodings[i].getIds(), false), ours.decode(actual, false));
            }
        }
    }

    private static String file(String model, String components) {
        // the library numbers added tokens itself, after the vocabulary
        int first = model.equals(COUNTING) ? 20 : 257;
        return "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":["
                + added(first) + "],"
                + components + ",\"model\":" + model + "}";
    }

    private static String added(int first) {
        return """
            {"id":%d,"content":"<s>","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true},
            {"id":%d,"content":"hELLO","single_word":true,"lstrip":false,"rstrip":true,"normalized":true,"special":false},
            {"id":%d,"content":"<mask>","single_word":false,"lstrip":true,"rstrip":true,"normalized":false,"special":true}
            """.formatted(first, first + 1, first + 2);
    }

    private static final String NO_SPLIT =
            "\"pre_tokenizer\":null,\"post_processor\":null,\"decoder\":{\"type\":\"ByteFallback\"}";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"NFC\"}",
                "{\"type\":\"NFD\"}",
                "{\"type\":\"NFKC\"}",
                "{\"type\":\"NFKD\"}",
                "{\"type\":\"Lowercase\"}",
                "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFD\"},{\"type\":\"StripAccents\"}]}",
                "{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true}",
                "{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":true,\"lowercase\":false}",
                "{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true}",
                "{\"type\":\"Nmt\"}",
                "{\"type\":\"Prepend\",\"prepend\":\"▁\"}",
                "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"\\\\s{2,}|\\\\h\"},\"content\":\"$1\"}",
                "{\"type\":\"ByteLevel\"}"
            })
    void normalizer(String normalizer) throws IOException {
        agrees(file(spelling(), "\"normalizer\":" + normalizer + "," + NO_SPLIT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"BertPreTokenizer\"}",
                "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true}",
                "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":\"first\",\"split\":true}",
                "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":\"always\",\"split\":false}",
                "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":\"never\",\"split\":true}",
                "{\"type\":\"Whitespace\"}",
                "{\"type\":\"WhitespaceSplit\"}",
                "{\"type\":\"Digits\",\"individual_digits\":true}",
                "{\"type\":\"Digits\",\"individual_digits\":false}",
                "{\"type\":\"Punctuation\",\"behavior\":\"Contiguous\"}",
                "{\"type\":\"CharDelimiterSplit\",\"delimiter\":\"'\"}",
                "{\"type\":\"UnicodeScripts\"}",
                "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\p{Han}+|\\\\d\"},\"behavior\":\"MergedWithPrevious\",\"invert\":false}",
                "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\s\"},\"behavior\":\"MergedWithNext\",\"invert\":false}",
                "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[[:alpha:]]+\"},\"behavior\":\"Removed\",\"invert\":true}",
                "{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"Contiguous\",\"invert\":false}",
                "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"WhitespaceSplit\"},"
                        + "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":\"first\",\"split\":true}]}"
            })
    void preTokenizer(String preTokenizer) throws IOException {
        String split = "\"normalizer\":null,\"post_processor\":null,\"pre_tokenizer\":" + preTokenizer;
        agrees(file(COUNTING, split + ",\"decoder\":null"));
        agrees(file(spelling(), split + ",\"decoder\":{\"type\":\"ByteFallback\"}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"WordPiece\",\"prefix\":\"d\",\"cleanup\":true}",
                "{\"type\":\"BPEDecoder\",\"suffix\":\"e\"}",
                "{\"type\":\"CTC\",\"pad_token\":\"<unk>\",\"word_delimiter_token\":\"▁\",\"cleanup\":true}",
                "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":\"always\",\"split\":true}",
                "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true}",
                "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":{\"String\":\"l\"},\"content\":\" \"},"
                        + "{\"type\":\"Fuse\"},{\"type\":\"Strip\",\"content\":\" \",\"start\":1,\"stop\":0}]}"
            })
    void decoder(String decoder) throws IOException {
        agrees(file(
                COUNTING,
                "\"normalizer\":null,\"post_processor\":null,\"pre_tokenizer\":{\"type\":\"Whitespace\"},\"decoder\":"
                        + decoder));
    }
}
