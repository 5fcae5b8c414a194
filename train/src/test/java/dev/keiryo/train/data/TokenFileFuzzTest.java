package dev.keiryo.train.data;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import dev.keiryo.train.data.StreamOptions.Packing;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as files of tokens: accepted or refused with FormatException; what is accepted can be streamed. */
class TokenFileFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void reads(byte[] bytes) throws IOException {
        try (TokenFile file = TokenFile.of("fuzz", MemorySegment.ofArray(bytes))) {
            if (file.tokens() > 0) {
                for (Packing packing : Packing.values()) {
                    new TokenStream(file, new StreamOptions(8, 2, packing, 1)).batch(3);
                }
            }
        } catch (FormatException e) {
            return;
        }
    }

    static Stream<byte[]> seeds() throws IOException {
        return Stream.of(
                TokenFileTest.bytes(300, new int[] {1, 2, 299}, new int[] {5}),
                TokenFileTest.bytes(70_000, new int[] {1, 69_999}),
                TokenFileTest.bytes(2));
    }
}
