package dev.keiryo.convert;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Single matrices of a model with the bytes that {@link GgufConverter} would give them, so that a type can be tried without a file. Rows
 * keep the source's order; experts are stacked. The source stays its owner's.
 */
public final class TensorEncoder implements AutoCloseable {
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

    @Override
    public void close() {
        pieces.close();
    }
}
