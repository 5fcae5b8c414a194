package dev.keiryo.synth;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model of a shape without a file: names, types and sizes are there, so that its forward pass can be counted; the numbers of its
 * vectors are zeros, and those of its matrices nowhere. Reading a matrix would end the process; who counts does not.
 */
public final class ShapeCheckpoint implements Checkpoint {
    private final Arena arena = Arena.ofShared();
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final Metadata metadata;
    private final String name;

    public ShapeCheckpoint(ModelShape shape, Recipe recipe) {
        name = shape.name();
        metadata = ModelKeys.of(shape, recipe, 0);
        for (TensorPlan.Entry e : TensorPlan.of(shape)) {
            TensorType type = Synthesizer.type(shape, recipe, e);
            long bytes = type.bytes(e.shape());
            MemorySegment data =
                    e.shape().length == 1 ? arena.allocate(bytes, 64) : MemorySegment.NULL.reinterpret(bytes);
            if (e.values().length > 0) {
                MemorySegment.copy(e.values(), 0, data, Matrix.F32, 0, e.values().length);
            }
            weights.put(e.name(), new Weight(e.name(), type, e.shape(), data));
        }
    }

    @Override
    public String source() {
        return name;
    }

    @Override
    public Metadata metadata() {
        return metadata;
    }

    @Override
    public Collection<Weight> weights() {
        return weights.values();
    }

    @Override
    public @Nullable Weight find(String tensor) {
        return weights.get(tensor);
    }

    @Override
    public void close() {
        arena.close();
    }
}
