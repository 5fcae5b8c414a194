package dev.keiryo.measure;

import dev.keiryo.FormatException;
import dev.keiryo.file.Cursor;
import dev.keiryo.file.MappedFile;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A reference's predictions as llama-perplexity keeps them with {@code --kl-divergence-base}: the tokens of all chunks, and for
 * each that counts the log-probabilities of the whole vocabulary, {@code min + scale·q} with q in 16 bits. Layout, all
 * little-endian: {@code "_logits_"}, n_ctx, n_vocab, n_chunk (int32), n_chunk·n_ctx tokens (int32), then in order a row for each
 * token that counts: scale, min (float32), n_vocab q (uint16), 2 bytes more where n_vocab is odd. Source: llama.cpp,
 * tools/perplexity.
 */
public final class KlBaseFile implements Predictions {
    static final byte[] MAGIC = "_logits_".getBytes(StandardCharsets.US_ASCII);
    /** Rows know nothing below: {@link Predictions#floor}. */
    static final double FLOOR = -16;

    private static final int MOST_TOKENS = 1 << 24;

    private final String source;
    private final Arena arena;
    private final int context;
    private final int vocabulary;
    private final int[] tokens;
    private final MemorySegment rows;
    /** Where {@link #rows} begins in the file. */
    private final long start;

    private long row;
    private final Matrix matrix = new Matrix(MemorySegment.NULL, 0, 0);

    private KlBaseFile(String source, Arena arena, MemorySegment file) throws FormatException {
        this.source = source;
        this.arena = arena;
        Cursor cursor = new Cursor(source, file);
        byte[] magic = cursor.slice(MAGIC.length, "the magic").toArray(ValueLayout.JAVA_BYTE);
        if (!Arrays.equals(magic, MAGIC)) {
            throw cursor.fault(0, "expected \"_logits_\", what llama-perplexity --kl-divergence-base writes");
        }
        context = between(cursor, 4, MOST_TOKENS, "the context");
        vocabulary = between(cursor, 1, MOST_TOKENS, "the vocabulary");
        int chunks = between(cursor, 1, Integer.MAX_VALUE, "the number of chunks");
        if (chunks > cursor.remaining() / 4 / context || (long) chunks * context > Integer.MAX_VALUE - 8) {
            throw cursor.fault(
                    cursor.position(),
                    chunks + " chunks of " + context + " tokens should follow, but only " + cursor.remaining()
                            + " bytes do; the file is cut or corrupted");
        }
        tokens = cursor.slice(4L * chunks * context, "the tokens").toArray(Cursor.INT);
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= vocabulary) {
                throw cursor.fault(
                        cursor.position() - 4L * (tokens.length - i),
                        "token id " + tokens[i] + " is not in [0, " + vocabulary + ")");
            }
        }
        long count = (long) chunks * scored(context);
        start = cursor.position();
        if (cursor.remaining() / rowBytes(vocabulary) < count) {
            throw cursor.fault(
                    start,
                    "predictions of " + count + " tokens should follow, each of " + rowBytes(vocabulary)
                            + " bytes, but only " + cursor.remaining() + " bytes do; the file is cut or corrupted");
        }
        rows = cursor.slice(count * rowBytes(vocabulary), "the predictions");
    }

    private static int between(Cursor cursor, int least, int most, String what) throws FormatException {
        long at = cursor.position();
        int value = cursor.int32(what);
        if (value < least || value > most) {
            throw cursor.fault(at, what + " should be from " + least + " to " + most + ", but is " + value);
        }
        return value;
    }

    /** Tokens of a chunk that count. */
    static int scored(int context) {
        return context - 1 - context / 2;
    }

    static long rowBytes(int vocabulary) {
        return 8 + 4L * ((vocabulary + 1) / 2);
    }

    /** Whether {@code path} begins as such a file does. */
    public static boolean isOne(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(path)) {
            return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
        }
    }

    /** Maps the file; close this to give it back. */
    public static KlBaseFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return new KlBaseFile(path.toString(), arena, MappedFile.map(path, arena));
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** How the text was cut. */
    public PerplexityDefinition.LlamaCpp definition() {
        return new PerplexityDefinition.LlamaCpp(context);
    }

    /**
     * The windows that it holds predictions for.
     *
     * @param bos the model's beginning of text where it puts one before texts, -1 otherwise: the file does not say
     */
    public List<Window> windows(int bos) {
        return definition().windows(tokens, bos);
    }

    @Override
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public double floor() {
        return FLOOR;
    }

    /** @throws FormatException where a row is damaged */
    @Override
    public Matrix next(Pass pass) throws FormatException {
        int count = pass.rows();
        if (count > rows.byteSize() / rowBytes(vocabulary) - row) {
            throw new IllegalStateException("more predictions were asked for than " + source + " holds");
        }
        long bytes = 4L * count * vocabulary;
        matrix.set(matrix.data().byteSize() < bytes ? arena.allocate(bytes, 64) : matrix.data(), count, vocabulary);
        for (int r = 0; r < count; r++, row++) {
            read(row * rowBytes(vocabulary), matrix.rowOffset(r));
        }
        return matrix;
    }

    private void read(long at, long to) throws FormatException {
        float scale = rows.get(Cursor.FLOAT, at);
        float min = rows.get(Cursor.FLOAT, at + 4);
        if (!(scale >= 0) || !Float.isFinite(scale) || !Float.isFinite(min)) {
            throw new FormatException(
                    source, start + at, "a row's scale and offset are " + scale + " and " + min + "; it is corrupted");
        }
        for (int i = 0; i < vocabulary; i++) {
            int q = Short.toUnsignedInt(rows.get(Cursor.SHORT, at + 8 + 2L * i));
            matrix.data().set(Matrix.F32, to + 4L * i, scale * q + min);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
