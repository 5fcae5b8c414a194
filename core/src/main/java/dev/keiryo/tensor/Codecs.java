package dev.keiryo.tensor;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The table of weight formats that can be computed with: a new one is a class and a line here. */
public final class Codecs {
    private static final Map<TensorType, Codec> ALL = new EnumMap<>(TensorType.class);

    static {
        ALL.put(TensorType.F32, new F32());
        ALL.put(TensorType.F16, new F16());
        ALL.put(TensorType.BF16, new BF16());
        for (BlockCodec codec : List.of(
                new Q4_0(),
                new Q4_1(),
                new Q5_0(),
                new Q5_1(),
                new Q8_0(),
                new Q2_K(),
                new Q3_K(),
                new Q4_K(),
                new Q5_K(),
                new Q6_K(),
                new IQ4_NL(),
                new IQ4_XS(),
                new MXFP4(),
                new Absmax4(TensorType.NF4, CodeBook.NF4),
                new Absmax4(TensorType.FP4, CodeBook.FP4),
                new Int8())) {
            ALL.put(codec.type(), codec);
        }
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

    /** The codec of a type made of blocks of quants, or null for others. */
    public static @Nullable BlockCodec block(TensorType type) {
        return ALL.get(type) instanceof BlockCodec codec ? codec : null;
    }

    /** The supported types' labels, comma-separated. */
    static String supported() {
        return Arrays.stream(TensorType.values())
                .filter(type -> of(type.plain()) != null)
                .map(TensorType::label)
                .collect(Collectors.joining(", "));
    }

    /** What writes {@code type}, or null where Keiryo cannot quantize to it. */
    public static @Nullable Encoder encoder(TensorType type) {
        return ALL.get(type) instanceof Encoder encoder ? encoder : null;
    }
}
