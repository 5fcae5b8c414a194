package dev.keiryo.calibrate;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.gguf.GgufWriter;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.Workers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportanceMatrixTest {
    @TempDir
    private Path folder = Path.of("");

    static byte[] llamaCpps() throws IOException {
        try (InputStream in = ImportanceMatrixTest.class.getResourceAsStream("TinyStories-656K.imatrix")) {
            return requireNonNull(in).readAllBytes();
        }
    }

    private ImportanceMatrix reference() throws IOException {
        Path file = folder.resolve("reference.dat");
        Files.write(file, llamaCpps());
        return ImportanceMatrix.read(file);
    }

    private static ImportanceMatrix computed() throws IOException {
        try (LanguageModel model = Keiryo.load(TestData.path("models/TinyStories-656K"));
                Workers workers = new Workers(1);
                InputObserver observer = new InputObserver(
                        name -> name.tensor().startsWith("blk."), name -> false, Kernels.best(), workers)) {
            CalibrationTexts texts = CalibrationTexts.cut(model.tokenizer(), Shakespeare.text(0, 60_000), 256, 4);
            texts.run(model.engine(), observer::wrap, done -> {});
            return ImportanceMatrix.of(observer, 0, List.of("sh.txt"), 4, 256);
        }
    }

    /** {@code llama-imatrix -m FILE -f sh.txt -c 256 --chunks 4 -ctk f32 -ctv f32} (c392e5094) on what convert makes of it in F32. */
    @Test
    void equalsLlamaCpps() throws IOException {
        ImportanceMatrix theirs = reference();
        ImportanceMatrix ours = computed();
        assertEquals(14, theirs.entries().size());
        assertEquals(4, theirs.chunks());
        assertEquals(List.of("sh.txt"), theirs.texts());
        assertEquals(names(theirs), names(ours));
        for (ImportanceMatrix.Entry e : theirs.entries()) {
            float[] expected = requireNonNull(theirs.of(e.tensor()));
            float[] found = requireNonNull(ours.of(e.tensor()));
            assertEquals(expected.length, found.length, e.tensor());
            for (int j = 0; j < expected.length; j++) {
                assertEquals(expected[j], found[j], 2e-5 * expected[j] + 1e-9, e.tensor() + " " + j);
            }
        }
    }

    private static Set<String> names(ImportanceMatrix matrix) {
        return matrix.entries().stream().map(ImportanceMatrix.Entry::tensor).collect(Collectors.toSet());
    }

    @Test
    void legacyFilesAreWrittenAsTheyWereRead() throws IOException {
        Path copy = folder.resolve("copy.dat");
        reference().write(copy);
        byte[] expected = llamaCpps();
        byte[] found = Files.readAllBytes(copy);
        assertEquals(expected.length, found.length);
        ImportanceMatrix again = ImportanceMatrix.read(copy);
        for (ImportanceMatrix.Entry e : reference().entries()) {
            assertArrayEquals(requireNonNull(reference().of(e.tensor())), again.of(e.tensor()), 0f);
        }
    }

    @Test
    void ggufKeepsSumsAndCountsOfEachExpert() throws IOException {
        Path file = folder.resolve("imatrix.gguf");
        float[] sums = {2, 4, 0, 0, 9, 3};
        float[] counts = {2, 0, 3};
        ImportanceMatrix.Entry experts = new ImportanceMatrix.Entry("blk.0.ffn_up_exps.weight", sums, counts);
        ImportanceMatrix.Entry unused =
                new ImportanceMatrix.Entry("blk.1.ffn_up_exps.weight", new float[4], new float[2]);
        new ImportanceMatrix(List.of(experts, unused), List.of("a.txt", "b.txt"), 7, 512).write(file);
        ImportanceMatrix read = ImportanceMatrix.read(file);
        ImportanceMatrix.Entry found = read.entries().iterator().next();
        assertArrayEquals(sums, found.sums());
        assertArrayEquals(counts, found.counts());
        assertEquals(List.of("a.txt", "b.txt"), read.texts());
        assertEquals(7, read.chunks());
        assertEquals(512, read.chunkSize());
        // The expert that nothing came to has the mean of the others.
        assertArrayEquals(new float[] {1, 2, 2, 1.5f, 3, 1}, read.of("blk.0.ffn_up_exps.weight"));
        assertNull(read.of("blk.1.ffn_up_exps.weight"));
        assertNull(read.of("blk.2.ffn_up_exps.weight"));
    }

    /**
     * A file as {@code save_imatrix} of llama.cpp's tools/imatrix/imatrix.cpp lays it out, byte by byte: four keys in this order, the matrices by
     * their names, each with its sums of squares {@code [cols, matrices]}, its counts {@code [1, matrices]} and, in some versions, its
     * plain sums.
     */
    private static byte[] asLlamaCppWrites(boolean withPlainSums) {
        ByteBuffer out = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        out.put(new byte[] {'G', 'G', 'U', 'F'})
                .putInt(3)
                .putLong(withPlainSums ? 6 : 4)
                .putLong(4);
        string(out, "general.type");
        string(out.putInt(8), "imatrix");
        string(out, "imatrix.datasets");
        string(out.putInt(9).putInt(8).putLong(1), "a.txt");
        string(out, "imatrix.chunk_count");
        out.putInt(4).putInt(7);
        string(out, "imatrix.chunk_size");
        out.putInt(4).putInt(512);
        String[] kinds =
                withPlainSums ? new String[] {".in_sum2", ".counts", ".in_sum"} : new String[] {".in_sum2", ".counts"};
        long offset = 0;
        for (String tensor : new String[] {"blk.0.attn_q.weight", "blk.0.ffn_up_exps.weight"}) {
            int matrices = tensor.contains("exps") ? 3 : 1;
            for (String kind : kinds) {
                string(out, tensor + kind);
                int cols = kind.equals(".counts") ? 1 : 2;
                out.putInt(2).putLong(cols).putLong(matrices).putInt(0).putLong(offset);
                offset += (4L * cols * matrices + 31) / 32 * 32;
            }
        }
        float[][] data = {{8, 2}, {4}, {-1, 0.5f}, {2, 4, 0, 0, 9, 3}, {2, 0, 3}, {-1, 1, 0, 0, -5, 3}};
        for (int i = 0; i < data.length; i++) {
            if (withPlainSums || i % 3 != 2) {
                out.position((out.position() + 31) / 32 * 32);
                for (float v : data[i]) {
                    out.putFloat(v);
                }
            }
        }
        out.position((out.position() + 31) / 32 * 32);
        return Arrays.copyOf(out.array(), out.position());
    }

    private static void string(ByteBuffer out, String s) {
        out.putLong(s.length()).put(s.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void ggufIsLaidOutAsLlamaCpps() throws IOException {
        Path file = folder.resolve("theirs.gguf");
        for (boolean plainSums : new boolean[] {false, true}) {
            Files.write(file, asLlamaCppWrites(plainSums));
            ImportanceMatrix read = ImportanceMatrix.read(file);
            assertEquals(2, read.entries().size());
            assertArrayEquals(new float[] {2, 0.5f}, read.of("blk.0.attn_q.weight"));
            assertArrayEquals(new float[] {1, 2, 2, 1.5f, 3, 1}, read.of("blk.0.ffn_up_exps.weight"));
            Path copy = folder.resolve("ours.gguf");
            read.write(copy);
            assertArrayEquals(asLlamaCppWrites(false), Files.readAllBytes(copy));
        }
    }

    @Test
    void everyCutOfAFileIsRefused() throws IOException {
        byte[] whole = llamaCpps();
        Path cut = folder.resolve("cut.dat");
        int withoutText = whole.length - 4 - 4 - "sh.txt".length();
        for (int n = 0; n < whole.length; n += n < 200 || n > withoutText - 20 ? 1 : 97) {
            if (n == withoutText) {
                continue; // a file of the time before there was a text
            }
            Files.write(cut, Arrays.copyOf(whole, n));
            FormatException e = assertThrows(FormatException.class, () -> ImportanceMatrix.read(cut));
            assertTrue(requireNonNull(e.getMessage()).contains("cut.dat"), e.getMessage());
        }
    }

    @Test
    void wrongNumbersAreRefused() throws IOException {
        byte[] file = llamaCpps();
        for (int value : new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0x7fc00000}) {
            for (int at : new int[] {0, 4, 8 + 24, 8 + 28}) {
                byte[] bad = file.clone();
                ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
                Path path = folder.resolve("bad.dat");
                Files.write(path, bad);
                try {
                    ImportanceMatrix.read(path);
                } catch (FormatException e) {
                    assertTrue(requireNonNull(e.getMessage()).contains("bad.dat"), e.getMessage());
                }
            }
        }
        Path model = folder.resolve("model.gguf");
        new GgufWriter(new Metadata("", Map.of())).write(model);
        assertThrows(FormatException.class, () -> ImportanceMatrix.read(model));
    }
}
