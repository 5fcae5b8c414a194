package dev.keiryo;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A checkpoint that a test makes of its own numbers. */
public final class MemoryCheckpoint implements Checkpoint {
    private final Map<String, MetadataValue> metadata = new LinkedHashMap<>();
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final Arena arena = Arena.ofShared();

    public MemoryCheckpoint put(String key, MetadataValue value) {
        metadata.put(key, value);
        return this;
    }

    /** A float32 tensor. */
    public MemoryCheckpoint put(String name, float[] values, long... shape) {
        MemorySegment data = arena.allocate(4L * values.length, 64);
        MemorySegment.copy(values, 0, data, ValueLayout.JAVA_FLOAT, 0, values.length);
        weights.put(name, new Weight(name, TensorType.F32, shape, data));
        return this;
    }

    @Override
    public String source() {
        return "made by a test";
    }

    @Override
    public Metadata metadata() {
        return new Metadata(source(), metadata);
    }

    @Override
    public Collection<Weight> weights() {
        return weights.values();
    }

    @Override
    public @Nullable Weight find(String name) {
        return weights.get(name);
    }

    @Override
    public void close() {
        arena.close();
    }
}
