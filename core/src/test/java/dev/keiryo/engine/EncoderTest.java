package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.keiryo.TestData;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Encoders and encoder-decoders on the engine: what the cache holds of which text, bit for bit. */
class EncoderTest {
    private static final int[] TEXT = {48, 396, 335, 225, 222, 439, 46, 357, 105, 50, 270, 498};
    private static final int[] OTHER = {7, 300, 12, 9, 511, 3, 3};
    private static final int[] DECODED = {0, 389, 376, 498, 270, 50, 8, 17};

    @Test
    void decodesTheSameHoweverThePromptIsSplit() throws IOException {
        try (Engine t5 = open("t5");
                Sequence whole = t5.newSequence(20);
                Sequence pieces = t5.newSequence(20);
                Sequence single = t5.newSequence(20);
                Sequence neighbour = t5.newSequence(20)) {
            for (Sequence s : new Sequence[] {whole, pieces, single}) {
                t5.encode(s, TEXT);
            }
            t5.encode(neighbour, OTHER);
            float[] expected = last(t5, whole, DECODED);
            last(t5, pieces, Arrays.copyOf(DECODED, 3));
            assertArrayEquals(expected, last(t5, pieces, Arrays.copyOfRange(DECODED, 3, DECODED.length)));
            float[] actual = {};
            for (int token : DECODED) {
                Batch batch = new Batch()
                        .add(neighbour, OTHER, 0, 1, Batch.Output.NONE)
                        .add(single, new int[] {token}, 0, 1, Batch.Output.LAST);
                actual = t5.forward(batch).toArray(0);
            }
            assertArrayEquals(expected, actual);
        }
    }

    @Test
    void cuttingTheDecodedTextKeepsTheEncodedOne() throws IOException {
        try (Engine t5 = open("t5");
                Sequence straight = t5.newSequence(20);
                Sequence cut = t5.newSequence(20)) {
            t5.encode(straight, TEXT);
            t5.encode(cut, TEXT);
            float[] expected = last(t5, straight, DECODED);
            last(t5, cut, new int[] {0, 389, 1, 2, 3, 4});
            cut.truncate(2);
            assertArrayEquals(expected, last(t5, cut, Arrays.copyOfRange(DECODED, 2, DECODED.length)));
        }
    }

    @Test
    void encodingAgainReplacesTheTextBefore() throws IOException {
        try (Engine t5 = open("t5");
                Sequence fresh = t5.newSequence(20);
                Sequence used = t5.newSequence(20)) {
            t5.encode(fresh, OTHER);
            t5.encode(used, TEXT);
            last(t5, used, DECODED);
            assertThrows(IllegalArgumentException.class, () -> t5.encode(used, OTHER));
            used.truncate(0);
            t5.encode(used, OTHER);
            assertArrayEquals(last(t5, fresh, DECODED), last(t5, used, DECODED));
        }
    }

    /** Several texts encoded and decoded in one pass each: the same bits as alone. */
    @Test
    void encodesTextsTogether() throws IOException {
        try (Engine t5 = open("t5");
                Sequence alone = t5.newSequence(20);
                Sequence first = t5.newSequence(20);
                Sequence second = t5.newSequence(20)) {
            t5.encode(alone, OTHER);
            float[] expected = last(t5, alone, DECODED);
            Batch sources = new Batch()
                    .add(first, TEXT, 0, TEXT.length, Batch.Output.NONE)
                    .add(second, OTHER, 0, OTHER.length, Batch.Output.NONE);
            Batch texts = new Batch()
                    .add(first, TEXT, 0, 5, Batch.Output.NONE)
                    .add(second, DECODED, 0, DECODED.length, Batch.Output.LAST);
            assertArrayEquals(
                    expected,
                    t5.forward(sources, texts, UnaryOperator.identity()).toArray(0));
            // What fails leaves nothing to attend to.
            first.truncate(0);
            second.truncate(0);
            Batch unknown = new Batch()
                    .add(first, TEXT, 0, TEXT.length, Batch.Output.NONE)
                    .add(second, new int[] {512}, 0, 1, Batch.Output.NONE);
            Batch text = Batch.of(first, DECODED, Batch.Output.LAST);
            assertThrows(IllegalArgumentException.class, () -> t5.forward(unknown, text, UnaryOperator.identity()));
            assertThrows(IllegalArgumentException.class, () -> last(t5, first, DECODED));
        }
    }

    @Test
    void decodingNeedsAnEncodedText() throws IOException {
        try (Engine t5 = open("t5");
                Sequence sequence = t5.newSequence(20)) {
            assertThrows(IllegalArgumentException.class, () -> last(t5, sequence, DECODED));
            // A text with an unknown token: it replaces the one before, but fails
            t5.encode(sequence, TEXT);
            assertThrows(IllegalArgumentException.class, () -> t5.encode(sequence, new int[] {512}));
            assertThrows(IllegalArgumentException.class, () -> last(t5, sequence, DECODED));
        }
    }

    @Test
    void encoderTakesWholeTexts() throws IOException {
        try (Engine bert = open("bert");
                Sequence alone = bert.newSequence(20);
                Sequence first = bert.newSequence(20);
                Sequence second = bert.newSequence(20)) {
            float[] expected = last(bert, alone, OTHER);
            Batch both = new Batch()
                    .add(first, TEXT, 0, TEXT.length, Batch.Output.NONE)
                    .add(second, OTHER, 0, OTHER.length, Batch.Output.LAST);
            assertArrayEquals(expected, bert.forward(both).toArray(0));
            assertThrows(IllegalArgumentException.class, () -> last(bert, first, OTHER));
            first.truncate(0);
            assertArrayEquals(expected, last(bert, first, OTHER));
        }
    }

    private static float[] last(Engine engine, Sequence sequence, int[] ids) {
        Matrix result = engine.forward(Batch.of(sequence, ids, Batch.Output.LAST));
        return result.toArray(0);
    }

    private static Engine open(String model) throws IOException {
        return Engine.open(
                Gguf.open(TestData.path("golden/architectures").resolve(model + ".gguf")),
                EngineOptions.defaults().withThreads(2));
    }
}
