package dev.keiryo.convert;

import dev.keiryo.FormatException;
import dev.keiryo.kernel.Workers;
import dev.keiryo.quantize.Quantizer;
import dev.keiryo.tensor.Codec;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Encoder;
import dev.keiryo.tensor.TensorData;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one tensor of a conversion piece by piece, its rows reordered and in another type where planned. */
final class TensorStream implements TensorData {
    /** Weights that a thread recodes at a time. */
    private static final int PIECE = 1 << 18;

    private final TensorPlan.Entry entry;
    private final Workers workers;

    private TensorStream(TensorPlan.Entry entry, Workers workers) {
        this.entry = entry;
        this.workers = workers;
    }

    /** Fails where the entry's type cannot be made of the stored one. */
    static TensorStream of(TensorPlan.Entry entry, Workers workers) throws FormatException {
        for (Weight w : entry.parts()) {
            if (w.type() != entry.type()) {
                w.type().codec(w.name());
                encoder(entry.type(), w);
            }
        }
        return new TensorStream(entry, workers);
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
        // A vector whose elements are rows (a bias) is recoded whole, then reordered.
        boolean vector = w.shape().length < 2;
        int rows = vector ? 1 : w.rows();
        int piece = Math.clamp(PIECE / Math.max(1, w.cols()), 1, Math.max(1, rows));
        long rowBytes = entry.type().bytes(w.cols());
        List<Recoder> recoders = new ArrayList<>();
        for (int i = 0; i < workers.size(); i++) {
            recoders.add(new Recoder(w, vector, piece));
        }
        try (Arena arena = Arena.ofShared()) {
            int most = Math.min(rows, piece * workers.size());
            MemorySegment out = arena.allocate(Math.max(1, most * rowBytes), 64);
            for (int from = 0; from < rows; from += most) {
                int first = from;
                int count = Math.min(most, rows - from);
                workers.run(Math.ceilDiv(count, piece), 1, (begin, end, worker) -> {
                    for (int p = begin; p < end; p++) {
                        int at = p * piece;
                        recoders.get(worker)
                                .recode(first + at, Math.min(piece, count - at), out.asSlice(at * rowBytes));
                    }
                });
                sink.write(out.asSlice(0, count * rowBytes));
            }
        }
        for (Recoder r : recoders) {
            if (r.failure != null) {
                throw r.failure;
            }
        }
    }

    /** Decodes and encodes some rows at a time; one for each thread. */
    private final class Recoder {
        private final Weight w;
        private final Codec codec;
        private final Encoder encoder;
        private final boolean vector;
        private final float[] values;
        private @Nullable FormatException failure;

        Recoder(Weight w, boolean vector, int rows) throws FormatException {
            this.w = w;
            this.codec = Codecs.require(w.type());
            this.encoder = encoder(entry.type(), w);
            this.vector = vector;
            this.values = new float[Math.multiplyExact(rows, w.cols())];
        }

        void recode(int from, int rows, MemorySegment out) {
            int cols = w.cols();
            for (int r = 0; r < rows; r++) {
                codec.decode(
                        w.data(), vector ? 0 : sourceRow(from + r, w.rows()) * w.rowBytes(), values, r * cols, cols);
            }
            if (entry.type().blockSize() > 1 && !finite(from, rows * cols)) {
                return;
            }
            float[] in = vector ? reordered(values) : values;
            encoder.encode(in, 0, rows * cols, out, 0);
        }

        /** A scale would make others' values of one that is no number. */
        private boolean finite(int from, int count) {
            for (int i = 0; i < count; i++) {
                if (!Float.isFinite(values[i])) {
                    failure = new FormatException(
                            w.name(),
                            "has " + values[i] + " in row " + (from + i / w.cols()) + ", which cannot be written as "
                                    + entry.type().label());
                    return false;
                }
            }
            return true;
        }
    }

    private static Encoder encoder(TensorType type, Weight w) throws FormatException {
        Encoder encoder = Quantizer.of(type);
        if (encoder == null) {
            throw new FormatException(w.name(), "cannot be written as " + type.label());
        }
        return encoder;
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
