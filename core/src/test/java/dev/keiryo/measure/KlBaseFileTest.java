package dev.keiryo.measure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Hostile;
import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.kernel.Workers;
import dev.keiryo.measure.PerplexityDefinition.LlamaCpp;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Against {@code stories260K-f32.kld}, which llama.cpp (c392e5094) wrote for {@link Texts#shakespeare}: {@code llama-perplexity -m
 * stories260K-f32.gguf -f TEXT -ctk f32 -ctv f32 -c 16 -b 16 --chunks 2 --kl-divergence-base FILE}.
 */
class KlBaseFileTest {
    private static final LlamaCpp DEFINITION = new LlamaCpp(16);
    private static final int HEADER = 20;
    private static final int ROW = 8 + 2 * 512;

    @TempDir
    private Path folder = Path.of("");

    private byte[] theirs = {};

    @BeforeEach
    void read() throws IOException {
        try (InputStream in = KlBaseFileTest.class.getResourceAsStream("stories260K-f32.kld")) {
            theirs = Objects.requireNonNull(in).readAllBytes();
        }
    }

    @Test
    void whatWeWriteIsWhatLlamaCppWrites() throws IOException {
        Path file = folder.resolve("ours");
        try (LanguageModel model = model();
                Workers workers = new Workers(2)) {
            List<Window> windows = windows(model);
            try (KlBaseWriter writer = new KlBaseWriter(new ModelPredictions(model.engine(), 16), file, 16, windows)) {
                Evaluation.perplexity(writer, windows, workers, Evaluation.Progress.NONE);
                writer.publish();
            }
        }
        ByteBuffer a = ByteBuffer.wrap(theirs).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer b = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(a.capacity(), b.capacity());
        int rows = HEADER + 4 * 32;
        for (int i = 0; i < rows; i += 4) {
            // where we put the beginning of text, llama.cpp keeps the token that it stands for
            if (i != HEADER + 4 * 16) {
                assertEquals(a.getInt(i), b.getInt(i), "at byte " + i);
            }
        }
        for (int at = rows; at < a.capacity(); at += ROW) {
            assertEquals(a.getFloat(at), b.getFloat(at), 1e-5f * a.getFloat(at));
            assertEquals(a.getFloat(at + 4), b.getFloat(at + 4), 1e-4);
            for (int i = 8; i < ROW; i += 2) {
                assertEquals(a.getShort(at + i) & 0xffff, b.getShort(at + i) & 0xffff, 2, "at byte " + (at + i));
            }
        }
    }

    @Test
    void itsModelDoesNotDivergeFromIt() throws IOException {
        Path file = Files.write(folder.resolve("theirs"), theirs);
        assertTrue(KlBaseFile.isOne(file));
        try (LanguageModel model = model();
                KlBaseFile base = KlBaseFile.open(file);
                Predictions ours = new ModelPredictions(model.engine(), 16);
                Workers workers = new Workers(2)) {
            List<Window> windows = base.windows(LlamaCpp.bos(model.tokenizer()));
            List<Window> expected = windows(model);
            assertEquals(2, windows.size());
            for (int i = 0; i < 2; i++) {
                assertArrayEquals(expected.get(i).ids(), windows.get(i).ids());
            }
            Evaluation found = Evaluation.of(ours, base, windows, workers, Evaluation.Progress.NONE);
            Divergence d = Objects.requireNonNull(found.divergence());
            assertEquals(14, found.perplexity().tokens());
            assertEquals(0, d.klQuantiles().max(), 1e-4);
            assertEquals(1, d.agreement().value());
            assertEquals(0, d.maxError(), 1e-4);
        }
    }

    @Test
    void damagedFilesAreRefused() throws IOException {
        Path file = folder.resolve("damaged");
        Hostile hostile = new Hostile(
                bytes -> {
                    Files.write(file, bytes);
                    readAll(file);
                },
                1 << 20);
        hostile.byteFlips(theirs, 300, 1);
        byte[] small = small();
        hostile.everyPrefix(small);
        hostile.absurdFields(small);
        for (int n = 1; n < 64; n++) {
            assertFalse(hostile.accepts(Arrays.copyOf(theirs, theirs.length - n)));
        }
        small[HEADER] = 3;
        Files.write(file, small);
        Hostile.refused("token id 3 is not in [0, 3)", () -> KlBaseFile.open(file));
    }

    /** Two chunks of four tokens, of a vocabulary of three. */
    private static byte[] small() {
        ByteBuffer file = ByteBuffer.allocate(HEADER + 4 * 8 + 2 * 16).order(ByteOrder.LITTLE_ENDIAN);
        file.put(KlBaseFile.MAGIC).putInt(4).putInt(3).putInt(2);
        for (int token : new int[] {0, 1, 2, 0, 0, 1, 1, 2}) {
            file.putInt(token);
        }
        for (int row = 0; row < 2; row++) {
            file.putFloat(1e-4f).putFloat(-7);
            file.putShort((short) 0).putShort((short) 70).putShort((short) -1).putShort((short) 0);
        }
        return file.array();
    }

    /** Reads all there is. */
    static void readAll(Path file) throws IOException {
        try (KlBaseFile base = KlBaseFile.open(file)) {
            for (Iterator<Pass> passes = Pass.over(base.windows(0), base.vocabulary()); passes.hasNext(); ) {
                Matrix rows = base.next(passes.next());
                assertEquals(base.vocabulary(), rows.cols());
            }
        }
    }

    private static LanguageModel model() throws IOException {
        return Keiryo.load(TestData.path("models/stories260K/stories260K.bin"));
    }

    private static List<Window> windows(LanguageModel model) throws IOException {
        return DEFINITION.windows(model.tokenizer(), Texts.shakespeare()).subList(0, 2);
    }
}
