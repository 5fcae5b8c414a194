package dev.keiryo.convert;

import static java.util.Objects.requireNonNull;

import dev.keiryo.convert.Pieces.Maker;
import dev.keiryo.tensor.NestedScales;
import dev.keiryo.tensor.TensorData.Sink;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Writes a tensor with double quantization: the scales of all its blocks have to be known before the first block can be
 * written, so the source is read twice.
 */
final class NestedStream {
    private final TensorPlan.Entry entry;
    private final Pieces pieces;
    private byte @Nullable [] codes;
    private @Nullable NestedScales scales;

    NestedStream(TensorPlan.Entry entry, Pieces pieces) {
        this.entry = entry;
        this.pieces = pieces;
    }

    /** Writes what goes into the tensor {@code NAME.absmax}. */
    void writeConstants(Sink sink) throws IOException {
        sink.write(scales().constants());
    }

    void writeBlocks(Sink sink) throws IOException {
        NestedScales of = scales();
        byte[] bytes = requireNonNull(codes);
        int first = 0;
        for (Weight w : entry.parts()) {
            int begin = first;
            pieces.run(Rows.count(w), Rows.step(w), b -> new Blocks(w, b, begin, of, bytes, sink));
            first += blocks(w);
        }
        codes = null;
        scales = null;
    }

    private NestedScales scales() throws IOException {
        if (scales == null) {
            int blocks = 0;
            for (Weight w : entry.parts()) {
                blocks = Math.addExact(blocks, blocks(w));
            }
            float[] absmax = new float[blocks];
            int first = 0;
            for (Weight w : entry.parts()) {
                int begin = first;
                pieces.run(Rows.count(w), Rows.step(w), b -> new Largest(w, b, begin, absmax));
                first += blocks(w);
            }
            codes = new byte[blocks];
            scales = NestedScales.of(absmax, codes);
        }
        return scales;
    }

    private int blocks(Weight w) {
        return Math.toIntExact(w.count() / entry.type().blockSize());
    }

    /** Finds the largest magnitudes. */
    private final class Largest implements Maker {
        private final Rows rows;
        private final int blocksOfRow;
        private final int first;
        private final float[] absmax;

        Largest(Weight w, Pieces.Buffers buffers, int first, float[] absmax) {
            this.rows = new Rows(entry, w, buffers);
            this.blocksOfRow = w.cols() / entry.type().blockSize();
            this.first = first;
            this.absmax = absmax;
        }

        @Override
        public void make(int from, int to) throws IOException {
            int n = rows.read(from, to);
            NestedScales.absmax(rows.values, n, absmax, first + from * blocksOfRow);
        }

        @Override
        public void handOn() {}
    }

    /** Writes blocks. */
    private final class Blocks implements Maker {
        private final Rows rows;
        private final int blocksOfRow;
        private final int first;
        private final NestedScales scales;
        private final byte[] codes;
        private final Sink sink;
        private final MemorySegment out;
        private long filled;

        Blocks(Weight w, Pieces.Buffers buffers, int first, NestedScales scales, byte[] codes, Sink sink) {
            this.rows = new Rows(entry, w, buffers);
            this.blocksOfRow = w.cols() / entry.type().blockSize();
            this.first = first;
            this.scales = scales;
            this.codes = codes;
            this.sink = sink;
            this.out = buffers.bytes(entry.type().bytes(Rows.largest(w)));
        }

        @Override
        public void make(int from, int to) throws IOException {
            int n = rows.read(from, to);
            scales.encode(entry.type(), rows.values, n, first + from * blocksOfRow, codes, out);
            filled = entry.type().bytes(n);
        }

        @Override
        public void handOn() throws IOException {
            sink.write(out.asSlice(0, filled));
        }
    }
}
