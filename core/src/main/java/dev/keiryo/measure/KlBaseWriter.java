package dev.keiryo.measure;

import dev.keiryo.file.ReplacedFile;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * Predictions that leave what they give in a file as well: see {@link KlBaseFile}. The file appears when all windows have been
 * read and {@link #publish} is called, or not at all.
 */
public final class KlBaseWriter implements Predictions {
    private final Predictions inner;
    private final ReplacedFile file;
    private final float[] logits;
    private long missing;

    /**
     * @param windows all that will be read, {@link PerplexityDefinition.LlamaCpp}'s of {@code context} tokens. They are written
     *     as they are, with a beginning of text in place of the first token, where llama-perplexity keeps that token and
     *     replaces it when it reads.
     */
    public KlBaseWriter(Predictions inner, Path path, int context, List<Window> windows) throws IOException {
        this.inner = inner;
        this.file = new ReplacedFile(path);
        this.logits = new float[inner.vocabulary()];
        for (byte b : KlBaseFile.MAGIC) {
            file.int8(b);
        }
        file.int32(context);
        file.int32(inner.vocabulary());
        file.int32(windows.size());
        for (Window window : windows) {
            if (window.ids().length != context || window.scored() != KlBaseFile.scored(context)) {
                throw new IllegalArgumentException("the file holds llama.cpp's chunks of " + context + " tokens only");
            }
            for (int id : window.ids()) {
                file.int32(id);
            }
        }
        missing = (long) windows.size() * KlBaseFile.scored(context);
    }

    @Override
    public int vocabulary() {
        return inner.vocabulary();
    }

    @Override
    public Matrix next(Pass pass) throws IOException {
        Matrix rows = inner.next(pass);
        for (int r = 0; r < rows.rows(); r++) {
            MemorySegment.copy(rows.data(), Matrix.F32, rows.rowOffset(r), logits, 0, logits.length);
            write();
        }
        missing -= rows.rows();
        return rows;
    }

    /** Rounds as llama-perplexity does, in float32. */
    private void write() throws IOException {
        float max = logits[0];
        float min = logits[0];
        for (float x : logits) {
            max = Math.max(max, x);
            min = Math.min(min, x);
        }
        min = Math.max(min, max + (float) KlBaseFile.FLOOR);
        double sum = 0;
        for (float x : logits) {
            sum += (float) Math.exp(x - max);
        }
        float scale = (max - min) / 65535;
        file.int32(Float.floatToRawIntBits(scale));
        file.int32(Float.floatToRawIntBits(min - max - (float) Math.log(sum)));
        float inverse = 1 / scale;
        for (float x : logits) {
            file.int16(scale > 0 && x > min ? (int) Math.rint(inverse * (x - min)) : 0);
        }
        if (logits.length % 2 != 0) {
            file.int16(0);
        }
    }

    @Override
    public double floor() {
        return inner.floor();
    }

    /** Makes the file what it was named. */
    public void publish() throws IOException {
        if (missing != 0) {
            throw new IllegalStateException(missing + " predictions are missing");
        }
        file.finish();
        file.publish();
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            inner.close();
        }
    }
}
