package dev.keiryo.convert;

import static java.util.Objects.requireNonNull;

import dev.keiryo.FormatException;
import dev.keiryo.convert.Pieces.Maker;
import dev.keiryo.file.MappedFile;
import dev.keiryo.quantize.IntegerQuantizer;
import dev.keiryo.quantize.Quantizer;
import dev.keiryo.tensor.Encoder;
import dev.keiryo.tensor.TensorData;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Writes one tensor of a conversion piece by piece, its rows reordered and in another type where planned. */
final class TensorStream implements TensorData {
    /** Bytes copied at a time. */
    private static final long COPY = 4 << 20;

    private final TensorPlan.Entry entry;
    private final Pieces pieces;

    private TensorStream(TensorPlan.Entry entry, Pieces pieces) {
        this.entry = entry;
        this.pieces = pieces;
    }

    /** Fails where the entry's type cannot be made of the stored one. */
    static TensorStream of(TensorPlan.Entry entry, Pieces pieces) throws FormatException {
        for (Weight w : entry.parts()) {
            if (w.type() != entry.type()) {
                w.type().checkComputable(w.name());
                if (!entry.integers() && Quantizer.of(entry.type()) == null) {
                    throw new FormatException(
                            w.name(), "cannot be written as " + entry.type().label());
                }
            }
        }
        return new TensorStream(entry, pieces);
    }

    @Override
    public void writeTo(Sink sink) throws IOException {
        int part = 0;
        for (Weight w : entry.parts()) {
            if (w.type() == entry.type() && !entry.integers()) {
                copy(w, sink);
            } else {
                int expert = part;
                pieces.run(Rows.count(w), Rows.step(w), b -> new Recoder(w, b, expert, sink));
            }
            MappedFile.release(w.data());
            part++;
        }
    }

    private void copy(Weight w, Sink sink) throws IOException {
        MemorySegment data = w.data();
        if (entry.heads() == 0) {
            for (long at = 0; at < data.byteSize(); at += COPY) {
                MemorySegment piece = data.asSlice(at, Math.min(COPY, data.byteSize() - at));
                sink.write(piece);
                MappedFile.release(piece);
            }
            return;
        }
        long rows = w.shape()[0];
        long bytes = data.byteSize() / rows;
        for (long r = 0; r < rows; r++) {
            sink.write(data.asSlice(entry.sourceRow(r, rows) * bytes, bytes));
        }
    }

    /** Decodes and encodes some rows at a time. */
    private final class Recoder implements Maker {
        private final Weight w;
        private final int part;
        private final Sink sink;
        private final Rows rows;
        private final @Nullable Encoder encoder;
        private final @Nullable IntegerQuantizer integers;
        private final float @Nullable [] importance;
        private final MemorySegment out;
        private long filled;

        Recoder(Weight w, Pieces.Buffers buffers, int part, Sink sink) {
            this.w = w;
            this.part = part;
            this.sink = sink;
            this.rows = new Rows(entry, w, buffers);
            this.encoder = buffers.encoder(entry.type());
            this.integers = entry.integers() ? new IntegerQuantizer(entry.type(), entry.bits(), entry.group()) : null;
            boolean weighed = entry.importance() != null && encoder instanceof Quantizer && integers == null;
            this.importance = weighed ? buffers.moreValues(Rows.largest(w)) : null;
            this.out = buffers.bytes(entry.type().bytes(Rows.largest(w)));
        }

        @Override
        public void make(int from, int to) throws IOException {
            int n = rows.read(from, to);
            filled = entry.type().bytes(n);
            if (integers != null) {
                long rowBytes = entry.type().bytes(w.cols());
                for (int r = 0; r < to - from; r++) {
                    integers.encode(rows.values, r * w.cols(), w.cols(), out, r * rowBytes);
                }
            } else if (importance != null && encoder instanceof Quantizer quantizer) {
                weigh(importance, from, to);
                quantizer.encode(rows.values, 0, n, importance, out, 0);
            } else if (encoder != null) {
                encoder.encode(rows.values, 0, n, out, 0);
            }
        }

        /** Each row's importance: its expert's, where each has its own. */
        private void weigh(float[] to, int first, int end) {
            float[] all = requireNonNull(entry.importance());
            int cols = w.cols();
            int experts = all.length / cols;
            int rowsOfExpert = Math.max(1, (int) (entry.rows() / experts));
            for (int r = first; r < end; r++) {
                int expert = (int) (((long) part * w.rows() + r) / rowsOfExpert);
                System.arraycopy(all, expert * cols, to, (r - first) * cols, cols);
            }
        }

        @Override
        public void handOn() throws IOException {
            sink.write(out.asSlice(0, filled));
        }
    }
}
