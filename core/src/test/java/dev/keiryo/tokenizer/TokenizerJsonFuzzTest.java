package dev.keiryo.tokenizer;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;

/** Whatever the bytes, reading ends in a tokenizer or in the format exception. */
final class TokenizerJsonFuzzTest {
    @FuzzTest(maxDuration = "10s")
    void readsOrRefuses(byte[] json) {
        try {
            Tokenizer tokenizer = TokenizerJson.parse("fuzz", json);
            tokenizer.decode(tokenizer.encode("Hello  wörld", Tokenizer.SpecialTokens.PARSED, true), false);
        } catch (FormatException e) {
            // the one exception that is allowed
            assert e.getMessage() != null;
        }
    }

    @FuzzTest(maxDuration = "5s")
    void readsConfigOrRefuses(byte[] json) {
        try {
            TokenizerConfig.parse("fuzz", json);
        } catch (FormatException e) {
            assert new String(json, StandardCharsets.ISO_8859_1).length() == json.length;
        }
    }
}
