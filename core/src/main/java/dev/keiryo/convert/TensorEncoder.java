package dev.keiryo.convert;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Quantizer;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Encoder;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Single matrices of a model with the bytes that {@link GgufConverter} would give them, so that a type can be tried without a file. Rows
 * keep the source's order; experts are stacked. The source stays its owner's.
 */
public final class TensorEncoder implements AutoCloseable {
    /** Rows of a matrix, or of all experts of a stack, that errors are taken from. */
    private static final int SAMPLED = 64;

    private final Map<String, TensorPlan.Entry> matrices = new LinkedHashMap<>();
    private final Pieces pieces;

    /** @param importances that errors are weighed by */
    public TensorEncoder(Checkpoint source, Importances importances, int threads) throws FormatException {
        ConvertOptions asStored = new ConvertOptions(null, 0, List.of(), importances);
        for (TensorPlan.Entry e : new TensorPlan(source, asStored).entries()) {
            if (Recipe.isMatrix(e.name(), e.shape())) {
                matrices.put(e.name(), e);
            }
        }
        this.pieces = new Pieces(threads);
    }

    /** What may be of any type whose blocks rows are whole of: GGUF's names and shapes, outermost dimension first. */
    public Map<String, long[]> matrices() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        matrices.forEach((name, e) -> shapes.put(name, e.shape()));
        return shapes;
    }

    /**
     * Matrix {@code name} as {@code type}.
     *
     * @param to where its bytes go, {@code type.bytes(shape)} of them
     * @throws FormatException where the type cannot be written
     */
    public Weight encode(String name, TensorType type, MemorySegment to) throws IOException {
        TensorPlan.Entry e = matrices.get(name);
        if (e == null) {
            throw new IllegalArgumentException("there is no matrix " + name);
        }
        TensorPlan.Entry plain = new TensorPlan.Entry(e.name(), type, e.shape(), e.parts(), 0, 0, 0, e.importance());
        long[] at = {0};
        TensorStream.of(plain, pieces).writeTo(piece -> {
            MemorySegment.copy(piece, 0, to, at[0], piece.byteSize());
            at[0] += piece.byteSize();
        });
        return new Weight(name, type, e.shape(), to);
    }

    /**
     * What rounding matrix {@code name} to {@code type} does to it: {@code Σ w·(x - x')²}, w being the importance of the column, of evenly
     * spread rows, times how many more there are.
     */
    public double error(String name, TensorType type) throws FormatException {
        TensorPlan.Entry e = Objects.requireNonNull(matrices.get(name));
        Encoder encoder = Quantizer.of(type);
        if (encoder == null) {
            throw new FormatException(name, "there is nothing that writes " + type.label());
        }
        double sum = 0;
        for (int part = 0; part < e.parts().size(); part++) {
            Weight w = e.parts().get(part);
            int cols = w.cols();
            int step = Math.ceilDiv(w.rows(), Math.max(1, SAMPLED / e.parts().size()));
            int rows = Math.ceilDiv(w.rows(), step);
            float[] values = new float[rows * cols];
            float[] weights = new float[values.length];
            for (int r = 0; r < rows; r++) {
                w.decode((long) r * step * cols, values, r * cols, cols);
                importance(e, part, cols, weights, r * cols);
            }
            MemorySegment bytes = MemorySegment.ofArray(new byte[(int) type.bytes(values.length)]);
            if (encoder instanceof Quantizer q) {
                q.encode(values, 0, values.length, weights, bytes, 0);
            } else {
                encoder.encode(values, 0, values.length, bytes, 0);
            }
            float[] back = new float[values.length];
            new Weight(name, type, new long[] {rows, cols}, bytes).decode(0, back, 0, back.length);
            double of = 0;
            for (int i = 0; i < back.length; i++) {
                of += weights[i] * Math.pow(values[i] - back[i], 2);
            }
            sum += of * w.rows() / rows;
        }
        return sum;
    }

    private static void importance(TensorPlan.Entry e, int part, int cols, float[] to, int at) {
        float[] all = e.importance();
        if (all == null) {
            Arrays.fill(to, at, at + cols, 1);
        } else {
            System.arraycopy(all, all.length > cols ? part * cols : 0, to, at, cols);
        }
    }

    @Override
    public void close() {
        pieces.close();
    }
}
