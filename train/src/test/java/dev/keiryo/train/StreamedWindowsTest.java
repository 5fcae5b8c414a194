package dev.keiryo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.train.data.StreamOptions;
import dev.keiryo.train.data.TokenBatch;
import dev.keiryo.train.data.TokenFile;
import dev.keiryo.train.data.TokenFileWriter;
import dev.keiryo.train.data.TokenStream;
import dev.keiryo.train.tape.TrainBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamedWindowsTest {
    private static final int TOKENS = 3000;

    @TempDir
    private Path folder;

    /** Documents of 1 to 19 tokens, whose ids are their places. */
    private TokenFile numbered() throws IOException {
        Path file = folder.resolve("n.tokens");
        try (TokenFileWriter writer = new TokenFileWriter(file, TOKENS, 1)) {
            for (int at = 0, n = 1; at < TOKENS; at += n, n = Math.min(TOKENS - at, n % 19 + 1)) {
                writer.add(IntStream.range(at, at + n).toArray());
            }
            writer.publish();
        }
        return TokenFile.open(file);
    }

    @Test
    void partsOfStepsShareAnEpochAndDocumentsAreApart() throws IOException {
        try (TokenFile file = numbered()) {
            TokenStream stream = new TokenStream(file, new StreamOptions(30, 2, StreamOptions.Packing.CONCATENATE, 4));
            Batches batches = new Objective.NextToken().batches(new StreamedWindows(stream, 5), 5, 1);
            BitSet seen = new BitSet();
            for (int step = 0; step < 10; step++) {
                for (int part = 0; part < 5; part++) {
                    Microbatch b = batches.get(step, part);
                    TrainBatch tokens = b.tokens();
                    assertEquals(b.targets().length, b.total());
                    for (int i = 0; i < tokens.count(); i++) {
                        assertTrue(!seen.get(tokens.id(i)), "token twice");
                        seen.set(tokens.id(i));
                    }
                    for (int d = 0; d < tokens.documents(); d++) {
                        long document = file.document(tokens.id(tokens.start(d)));
                        assertEquals(document, file.document(tokens.id(tokens.start(d + 1) - 1)));
                    }
                    for (int target : b.targets()) {
                        assertTrue(target > 0 && file.start(file.document(target)) != target, "a document's first");
                    }
                }
            }
            assertEquals(TOKENS, seen.cardinality());
        }
    }

    @Test
    void validationIsOfTheWholeFile() throws IOException {
        try (TokenFile file = numbered()) {
            TokenStream stream = new TokenStream(file, new StreamOptions(30, 2, StreamOptions.Packing.CONCATENATE, 4));
            TokenBatch[] few = StreamedWindows.inOrder(stream, 5);
            assertEquals(5, few.length);
            assertTrue(few[4].ids()[0] >= TOKENS * 3 / 4);
            assertEquals(50, StreamedWindows.inOrder(stream, 999).length);
        }
    }
}
