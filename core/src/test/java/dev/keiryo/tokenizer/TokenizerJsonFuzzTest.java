package dev.keiryo.tokenizer;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the bytes, reading ends in a tokenizer or a configuration, or in the format exception. */
final class TokenizerJsonFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
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

    static Stream<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String name : List.of("bpe", "unigram", "wordpiece", "config")) {
            try (InputStream in = TokenizerJsonFuzzTest.class.getResourceAsStream(
                    "TokenizerJsonFuzzTestInputs/readsOrRefuses/" + name + ".json")) {
                seeds.add(Objects.requireNonNull(in, name).readAllBytes());
            }
        }
        return seeds.stream();
    }
}
