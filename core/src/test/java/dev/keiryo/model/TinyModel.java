package dev.keiryo.model;

import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.gguf.GgufWriter;
import dev.keiryo.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model with random float32 weights that any machine makes bit for bit alike: each tensor is filled by a generator of
 * integers seeded with the model's seed and the tensor's name.
 */
final class TinyModel {
    static final int VOCABULARY = 64;

    private record Values(int[] shape, float[] numbers) {}

    private final String architecture;
    private final long seed;
    private final Map<String, MetadataValue> keys = new LinkedHashMap<>();
    private final Map<String, Values> tensors = new LinkedHashMap<>();

    TinyModel(String architecture, long seed) {
        this.architecture = architecture;
        this.seed = seed;
        keys.put("general.architecture", MetadataValue.of(architecture));
        keys.put("tokenizer.ggml.model", MetadataValue.of("no_vocab"));
        key("vocab_size", VOCABULARY);
    }

    /** A count under the architecture's prefix. */
    TinyModel key(String name, int n) {
        keys.put(architecture + "." + name, MetadataValue.of((long) n));
        return this;
    }

    /** A real number under the architecture's prefix. */
    TinyModel key(String name, double x) {
        keys.put(architecture + "." + name, MetadataValue.of((double) (float) x));
        return this;
    }

    /** A text under the architecture's prefix. */
    TinyModel key(String name, String text) {
        keys.put(architecture + "." + name, MetadataValue.of(text));
        return this;
    }

    /** A truth value under the architecture's prefix. */
    TinyModel flag(String name, boolean on) {
        keys.put(architecture + "." + name, MetadataValue.of(on));
        return this;
    }

    /** How many kinds of segments a BERT distinguishes. */
    TinyModel segments(int n, int hidden) {
        keys.put("tokenizer.ggml.token_type_count", MetadataValue.of((long) n));
        return matrix("token_types", 1, n, hidden);
    }

    /** {@code name}.weight, uniform with the standard deviation {@code gain/√(last dimension)}. */
    TinyModel matrix(String name, double gain, int... shape) {
        return random(name + ".weight", 0, gain * Math.sqrt(3.0 / shape[shape.length - 1]), shape);
    }

    /** {@code name}.weight around 1. */
    TinyModel norm(String name, int n) {
        return random(name + ".weight", 1, 0.25, n);
    }

    /** {@code name}.bias around 0. */
    TinyModel bias(String name, int n) {
        return random(name + ".bias", 0, 0.5, n);
    }

    /** The tensor {@code name} with these very numbers. */
    TinyModel vector(String name, float... numbers) {
        tensors.put(name, new Values(new int[] {numbers.length}, numbers));
        return this;
    }

    private TinyModel random(String name, double middle, double reach, int... shape) {
        int count = 1;
        for (int n : shape) {
            count *= n;
        }
        float[] numbers = new float[count];
        long state = seed * 0x9E3779B97F4A7C15L + name.hashCode();
        for (int i = 0; i < count; i++) {
            state += 0x9E3779B97F4A7C15L;
            numbers[i] = (float) (middle + reach * (mixed(state) >> 40) / (1 << 23));
        }
        tensors.put(name, new Values(shape, numbers));
        return this;
    }

    /** SplitMix64's output function. Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators". */
    private static long mixed(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Writes the model as GGUF. */
    void write(Path target) throws IOException {
        GgufWriter writer = new GgufWriter(new Metadata(target.toString(), keys));
        for (Map.Entry<String, Values> tensor : tensors.entrySet()) {
            int[] shape = tensor.getValue().shape;
            long[] dimensions = new long[shape.length];
            for (int i = 0; i < shape.length; i++) {
                dimensions[i] = shape[i];
            }
            MemorySegment bytes = littleEndian(tensor.getValue().numbers);
            writer.add(tensor.getKey(), TensorType.F32, dimensions, sink -> sink.write(bytes));
        }
        writer.write(target);
    }

    private static MemorySegment littleEndian(float[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(numbers);
        return MemorySegment.ofBuffer(bytes);
    }
}
