package dev.keiryo.convert;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Codec;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Encoder;
import dev.keiryo.tensor.TensorData;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Writes one tensor of a conversion row by row, reordered and in another type where planned. */
final class TensorStream implements TensorData {
    private final TensorPlan.Entry entry;

    private TensorStream(TensorPlan.Entry entry) {
        this.entry = entry;
    }

    /** Fails where the entry's type cannot be made of the stored one. */
    static TensorStream of(TensorPlan.Entry entry) throws FormatException {
        for (Weight w : entry.parts()) {
            if (w.type() != entry.type()) {
                w.type().codec(w.name());
                if (Codecs.encoder(entry.type()) == null) {
                    throw new FormatException(
                            w.name(), "cannot be written as " + entry.type().label());
                }
            }
        }
        return new TensorStream(entry);
    }

    @Override
    public void writeTo(Sink sink) throws IOException {
        for (Weight w : entry.parts()) {
            if (w.type() == entry.type()) {
                copy(w, sink);
            } else {
                recode(w, sink);
            }
        }
    }

    private void copy(Weight w, Sink sink) throws IOException {
        if (entry.heads() == 0) {
            sink.write(w.data());
            return;
        }
        long rows = w.shape()[0];
        long bytes = w.data().byteSize() / rows;
        for (long r = 0; r < rows; r++) {
            sink.write(w.data().asSlice(sourceRow(r, rows) * bytes, bytes));
        }
    }

    private void recode(Weight w, Sink sink) throws IOException {
        Codec codec = Codecs.require(w.type());
        // A vector whose elements are rows (a bias) is recoded whole, then reordered.
        boolean vector = w.shape().length < 2;
        long rows = vector ? 1 : w.rows();
        int cols = w.cols();
        float[] row = new float[cols];
        TensorType type = entry.type();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(Math.max(1, type.bytes(cols)), 64);
            for (long r = 0; r < rows; r++) {
                codec.decode(w.data(), (vector ? 0 : sourceRow(r, rows)) * w.rowBytes(), row, 0, cols);
                encode(vector ? reordered(row) : row, type, out);
                sink.write(out.asSlice(0, type.bytes(cols)));
            }
        }
    }

    private static void encode(float[] row, TensorType type, MemorySegment out) {
        Encoder encoder = Codecs.encoder(type);
        if (encoder == null) {
            throw new IllegalArgumentException(type.label() + " cannot be written");
        }
        encoder.encode(row, 0, row.length, out, 0);
    }

    private float[] reordered(float[] values) {
        float[] out = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            out[i] = values[(int) sourceRow(i, values.length)];
        }
        return out;
    }

    /** Row {@code 2i + j} of a head is row {@code i + j·d/2} where its pairs are half a head apart. */
    private long sourceRow(long row, long rows) {
        if (entry.heads() == 0) {
            return row;
        }
        long headDim = rows / entry.heads();
        long within = row % headDim;
        return row - within + within / 2 + within % 2 * (headDim / 2);
    }
}
