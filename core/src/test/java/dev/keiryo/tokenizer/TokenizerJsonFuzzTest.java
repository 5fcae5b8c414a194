package dev.keiryo.tokenizer;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;

/** Whatever the bytes, reading ends in a tokenizer or a configuration, or in the format exception. */
final class TokenizerJsonFuzzTest {
    @FuzzTest(maxDuration = "10s")
    void readsOrRefuses(byte[] json) {
        try {
            encodeAndDecode(TokenizerJson.parse("fuzz", json));
        } catch (FormatException e) {
            // the one exception that is allowed
            assert e.getMessage() != null;
        }
        try {
            TokenizerConfig.parse("fuzz", json);
        } catch (FormatException e) {
            assert e.getMessage() != null;
        }
    }

    static void encodeAndDecode(Tokenizer tokenizer) {
        try {
            tokenizer.decode(tokenizer.encode("Hello  wörld", Tokenizer.SpecialTokens.PARSED, true), false);
        } catch (BacktrackingException e) {
            // a pattern may be slow, but has to end
            assert e.getMessage() != null;
        }
    }
}
