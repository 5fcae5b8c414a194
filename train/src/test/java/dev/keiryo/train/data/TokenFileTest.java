package dev.keiryo.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is read, and nothing that was changed is. */
class TokenFileTest {
    @TempDir
    private Path folder = Path.of("");

    /** A file of {@code documents}. */
    static byte[] bytes(int vocabulary, int[]... documents) throws IOException {
        Path folder = Files.createTempDirectory("tokens");
        Path file = folder.resolve("t.tokens");
        try {
            try (TokenFileWriter writer = new TokenFileWriter(file, vocabulary, 42)) {
                for (int[] document : documents) {
                    writer.add(document);
                }
                writer.publish();
            }
            return Files.readAllBytes(file);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    static TokenFile file(int vocabulary, int[]... documents) throws IOException {
        return TokenFile.of("memory", MemorySegment.ofArray(bytes(vocabulary, documents)));
    }

    @Test
    void documentsComeBack() throws IOException {
        for (int vocabulary : new int[] {1, 300, 1 << 16, (1 << 16) + 1, 200_000}) {
            Random random = new Random(vocabulary);
            int[][] documents = IntStream.range(0, 20)
                    .mapToObj(d ->
                            random.ints(1 + random.nextInt(9), 0, vocabulary).toArray())
                    .toArray(int[][]::new);
            documents[3][0] = vocabulary - 1;
            Path path = folder.resolve(vocabulary + ".tokens");
            Files.write(path, bytes(vocabulary, documents));
            try (TokenFile file = TokenFile.open(path)) {
                assertEquals(20, file.documents());
                assertEquals(Stream.of(documents).mapToInt(d -> d.length).sum(), file.tokens());
                assertEquals(vocabulary, file.vocabulary());
                assertEquals(42, file.fingerprint());
                for (int d = 0; d < 20; d++) {
                    assertEquals(documents[d].length, file.start(d + 1) - file.start(d));
                    for (int i = 0; i < documents[d].length; i++) {
                        assertEquals(documents[d][i], file.id(file.start(d) + i));
                        assertEquals(d, file.document(file.start(d) + i));
                    }
                }
            }
            long width = vocabulary <= 1 << 16 ? 2 : 4;
            long ids = Stream.of(documents).mapToInt(d -> d.length).sum() * width;
            assertEquals(64 + (ids + 7) / 8 * 8 + 8 * 21, Files.size(path));
        }
        try (TokenFile empty = file(300)) {
            assertEquals(0, empty.tokens());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new TokenStream(empty, new StreamOptions(2, 1, StreamOptions.Packing.BEST_FIT, 0)));
        }
    }

    @Test
    void everyChangedByteIsFound() throws IOException {
        byte[] whole = bytes(300, new int[] {1, 2, 299}, new int[] {5}, new int[] {7, 8});
        for (int i = 0; i < whole.length; i++) {
            for (int bit : new int[] {1, 128}) {
                byte[] changed = whole.clone();
                changed[i] ^= (byte) bit;
                String at = "byte " + i;
                FormatException fault = assertThrows(
                        FormatException.class, () -> TokenFile.of("memory", MemorySegment.ofArray(changed)), at);
                assertTrue(String.valueOf(fault.getMessage()).startsWith("memory: "), at);
            }
        }
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(FormatException.class, () -> TokenFile.of("memory", MemorySegment.ofArray(cut)));
        }
        byte[] longer = Arrays.copyOf(whole, whole.length + 8);
        assertThrows(FormatException.class, () -> TokenFile.of("memory", MemorySegment.ofArray(longer)));
    }

    @Test
    void aWriterThatFailsLeavesNothing() throws IOException {
        Path path = folder.resolve("old.tokens");
        Files.writeString(path, "old");
        try (TokenFileWriter writer = new TokenFileWriter(path, 10, 0)) {
            writer.add(new int[] {1});
            assertThrows(IllegalArgumentException.class, () -> writer.add(new int[] {10}));
            assertThrows(IllegalArgumentException.class, () -> writer.add(new int[] {-1}));
            assertThrows(IllegalArgumentException.class, () -> writer.add(new int[0]));
        }
        assertEquals("old", Files.readString(path));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(path), files.toList());
        }
    }

    @Test
    void anotherVocabularyIsRefused() throws IOException {
        Tokenizer other = TokenizerFiles.open(TestData.path("tokenizers/small/m.model"));
        Tokenizer small = TokenizerFiles.open(TestData.path("tokenizers/small/tiny_bpe_tokenizer.json"));
        Path path = folder.resolve("t.tokens");
        try (TokenFileWriter writer = new TokenFileWriter(path, small)) {
            writer.add(small.encode("Hello", Tokenizer.SpecialTokens.LITERAL, false));
            writer.publish();
        }
        try (TokenFile file = TokenFile.open(path)) {
            file.require(small);
            String message = String.valueOf(assertThrows(FormatException.class, () -> file.require(other))
                    .getMessage());
            assertTrue(message.contains(String.valueOf(small.size())) && message.contains("keiryo data"), message);
        }
        assertFalse(VocabularyFingerprint.of(other) == VocabularyFingerprint.of(small));
        assertEquals(
                VocabularyFingerprint.of(other),
                VocabularyFingerprint.of(TokenizerFiles.open(TestData.path("tokenizers/small/m.model"))));
    }
}
