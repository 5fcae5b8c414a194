package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cut, changed and absurd files. */
final class TokenizerJsonHostileTest {
    private static final byte[] SMALL = """
            {"version": "1.0", "added_tokens": [{"id": 9, "content": "<s>", "special": true, "lstrip": true}],
             "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Prepend", "prepend": "x"},
              {"type": "Replace", "pattern": {"Regex": "a{1,2}|\\\\p{Lu}"}, "content": "b"}]},
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"String": " "},
              "behavior": "Isolated", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false}]},
             "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
              {"Sequence": {"id": "A", "type_id": 0}}], "special_tokens": {"<s>": {"id": "<s>", "ids": [9]}}},
             "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]},
             "model": {"type": "BPE", "unk_token": null, "vocab": {"a": 0, "b": 1, "ab": 2, "c": 3}, "merges": ["a b"]}}
            """.getBytes(StandardCharsets.UTF_8);

    private static boolean reads(byte[] json) {
        try {
            Tokenizer tokenizer = TokenizerJson.parse("test", json);
            tokenizer.decode(tokenizer.encode("ab <s>  AB", Tokenizer.SpecialTokens.PARSED, true), false);
            return true;
        } catch (FormatException e) {
            return false;
        }
    }

    @Test
    void everyPrefixIsRefused() {
        assertTrue(reads(SMALL));
        int end = new String(SMALL, StandardCharsets.UTF_8).stripTrailing().length();
        for (int length = 0; length < end; length++) {
            byte[] cut = Arrays.copyOf(SMALL, length);
            assertThrows(FormatException.class, () -> TokenizerJson.parse("test", cut));
        }
    }

    @Test
    void changedBytesAreReadOrRefused() {
        Random random = new Random(11);
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] changed = SMALL.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(0x80);
            }
            refused += reads(changed) ? 0 : 1;
        }
        assertTrue(refused > 5_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{\"model\": 1}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 2000000000}, \"merges\": []}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 99999999999999999999}, \"merges\": []}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\"]]}}",
                "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\"]]}}",
                "{\"model\": {\"type\": \"Unigram\", \"unk_id\": 7, \"vocab\": [[\"a\", -1]]}}",
                "{\"model\": {\"type\": \"WordPiece\", \"vocab\": {\"a\": 0}}}",
                "{\"added_tokens\": [{\"id\": 2147483647, \"content\": \"x\"}], \"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}}",
                "{\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"(\"}, \"behavior\": \"Isolated\"}, \"model\": {\"vocab\": {}, \"merges\": []}}"
            })
    void absurdFilesAreRefused(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        assertThrows(FormatException.class, () -> TokenizerJson.parse("test", bytes));
    }

    @Test
    void deepNestingIsRefused() {
        for (String deep : new String[] {
            "[".repeat(100_000),
            "{\"normalizer\":" + "{\"type\":\"Sequence\",\"normalizers\":[".repeat(400) + "]}".repeat(400)
                    + ",\"model\":{\"vocab\":{},\"merges\":[]}}",
            "{\"normalizer\":{\"type\":\"Replace\",\"content\":\"\",\"pattern\":{\"Regex\":\"" + "(".repeat(60_000)
                    + "\"}}," + "\"model\":{\"vocab\":{},\"merges\":[]}}"
        }) {
            byte[] bytes = deep.getBytes(StandardCharsets.UTF_8);
            assertTrue(!reads(bytes) || deep.contains("Sequence"));
        }
    }

    @Test
    void repeatedGroupsFindStackEnough() throws FormatException {
        PreTokenizer split =
                PreTokenizers.split(OnigurumaSyntax.compile("test", "(?:a|ab?)+|b"), SplitBehavior.ISOLATED, false);
        String text = "a".repeat(200_000);
        int[] pieces = {0};
        split.split(text, 0, text.length(), true, (piece, from, to) -> pieces[0] += to - from);
        assertTrue(pieces[0] == text.length());
    }
}
