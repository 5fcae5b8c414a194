package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The table of weight formats that can be computed with: a new one is a class and a line here. */
public final class Codecs {
    private static final Map<TensorType, Codec> ALL = new EnumMap<>(TensorType.class);

    static {
        ALL.put(TensorType.F32, Codecs::decodeF32);
    }

    private Codecs() {}

    static @Nullable Codec of(TensorType type) {
        return ALL.get(type);
    }

    /** The codec of a type that loading has checked to have one. */
    public static Codec require(TensorType type) {
        Codec codec = ALL.get(type);
        if (codec == null) {
            throw new IllegalArgumentException(type.label() + " cannot be computed with");
        }
        return codec;
    }

    /** The supported types' labels, comma-separated. */
    static String supported() {
        return ALL.keySet().stream().map(TensorType::label).collect(Collectors.joining(", "));
    }

    private static void decodeF32(MemorySegment data, long offset, float[] out, int at, int count) {
        MemorySegment.copy(data, Matrix.F32, offset, out, at, count);
    }
}
