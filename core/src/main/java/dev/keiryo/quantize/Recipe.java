package dev.keiryo.quantize;

import dev.keiryo.tensor.TensorType;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which type each matrix of a file is of. A block format's name means that format throughout, but for what llama.cpp's
 * {@code llama-quantize} stores finer in every quantized file (the output matrix; keys and values beside eight experts);
 * {@code Q3_K_M}, {@code Q3_K_L}, {@code Q4_K_S}, {@code Q4_K_M} and {@code Q5_K_M} mix as it does. Where it has mixes of the other names too
 * ({@code Q2_K}, {@code IQ4_NL}, {@code IQ4_XS}), they are not followed: such a file measures one format.
 */
public enum Recipe {
    F32(TensorType.F32, 0),
    F16(TensorType.F16, 1),
    BF16(TensorType.BF16, 32),
    Q8_0(TensorType.Q8_0, 7),
    Q4_0(TensorType.Q4_0, 2),
    Q4_1(TensorType.Q4_1, 3),
    Q5_0(TensorType.Q5_0, 8),
    Q5_1(TensorType.Q5_1, 9),
    Q2_K(TensorType.Q2_K, 10),
    Q3_K(TensorType.Q3_K, 11),
    Q3_K_M(TensorType.Q3_K, 12),
    Q3_K_L(TensorType.Q3_K, 13),
    Q4_K(TensorType.Q4_K, 14),
    Q4_K_S(TensorType.Q4_K, 14),
    Q4_K_M(TensorType.Q4_K, 15),
    Q5_K(TensorType.Q5_K, 16),
    Q5_K_M(TensorType.Q5_K, 17),
    Q6_K(TensorType.Q6_K, 18),
    IQ4_NL(TensorType.IQ4_NL, 25),
    IQ4_XS(TensorType.IQ4_XS, 30),
    MXFP4(TensorType.MXFP4, 38),
    /** GGUF has no number for it: 1024 stands for "guessed from the tensors". */
    NF4(TensorType.NF4, 1024);

    /** Matrices that are always float32: routers, positions, segments. */
    private static final Pattern FLOAT32 = Pattern.compile(
            ".*_norm\\.weight|.*ffn_gate_inp(_shexp)?\\.weight|position_embd\\.weight|token_types\\.weight"
                    + "|.*attn_rel_b\\.weight|rope_.*");

    private static final Pattern LAYER = Pattern.compile("^blk\\.(\\d+)\\.");

    private final TensorType type;
    private final int fileType;

    Recipe(TensorType type, int fileType) {
        this.type = type;
        this.fileType = fileType;
    }

    /** The recipe of files that hold mostly {@code type}, or null where there is none. */
    public static @Nullable Recipe mostly(TensorType type) {
        for (Recipe r : values()) {
            if (r.type == type) {
                return r;
            }
        }
        return null;
    }

    /** As the command line and file names have it: {@code q4_k_m}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** GGUF's {@code general.file_type}. */
    public int fileType() {
        return fileType;
    }

    /**
     * What a mix depends on.
     *
     * @param architecture GGUF's name of it
     * @param experts in a layer; 0: none
     * @param tied whether the embedding is the output matrix too
     */
    public record Model(String architecture, int layers, int experts, boolean tied) {
        boolean isFalcon() {
            return architecture.equals("falcon");
        }
    }

    /** The type of tensor {@code name}, GGUF's name of it, of {@code shape}, outermost dimension first. */
    public TensorType type(Model model, String name, long[] shape) {
        if (shape.length < 2
                || !name.endsWith(".weight")
                || FLOAT32.matcher(name).matches()) {
            return TensorType.F32;
        }
        int cols = (int) shape[shape.length - 1];
        if (type.blockSize() == 1) {
            return type;
        }
        return fitting(mixed(model, name, cols), cols);
    }

    private TensorType mixed(Model model, String name, int cols) {
        Matcher prefix = LAYER.matcher(name);
        int layer = prefix.find() ? Integer.parseInt(prefix.group(1)) : -1;
        boolean eightExperts = model.experts() == 8;
        return switch (LAYER.matcher(name).replaceFirst("")) {
            // The last matrix decides between tokens, and the embedding where it is the last matrix too.
            case "output.weight" -> output(model, cols);
            case "token_embd.weight" -> model.tied() ? output(model, cols) : type;
            case "attn_v.weight" -> eightExperts ? TensorType.Q8_0 : values(layer, model.layers());
            case "attn_k.weight" -> eightExperts ? TensorType.Q8_0 : type;
            case "attn_output.weight" -> attentionOutput(model, eightExperts);
            case "attn_qkv.weight" ->
                switch (this) {
                    case Q3_K_M, Q3_K_L -> TensorType.Q4_K;
                    case Q4_K_M -> TensorType.Q5_K;
                    case Q5_K_M -> TensorType.Q6_K;
                    default -> type;
                };
            case "ffn_down.weight", "ffn_down_exps.weight" -> down(model, layer);
            default -> type;
        };
    }

    private TensorType values(int layer, int layers) {
        return switch (this) {
            case Q3_K_M -> layer < 2 ? TensorType.Q5_K : TensorType.Q4_K;
            case Q3_K_L -> TensorType.Q5_K;
            case Q4_K_S -> layer < 4 ? TensorType.Q5_K : type;
            case Q4_K_M, Q5_K_M -> hasMoreBits(layer, layers) ? TensorType.Q6_K : type;
            default -> type;
        };
    }

    private TensorType attentionOutput(Model model, boolean eightExperts) {
        if (model.isFalcon()) {
            return this == Q3_K_L ? TensorType.Q4_K : type;
        }
        if (eightExperts) {
            boolean finer = this == Q3_K_M || this == Q4_K_S || this == Q4_K_M;
            return finer ? TensorType.Q5_K : type;
        }
        return this == Q3_K_M ? TensorType.Q4_K : this == Q3_K_L ? TensorType.Q5_K : type;
    }

    private TensorType down(Model model, int layer) {
        int layers = model.layers();
        boolean falcon = model.isFalcon();
        boolean moreBits = hasMoreBits(layer, layers);
        return switch (this) {
            case Q3_K_M -> layer < layers / 16 ? TensorType.Q5_K : !falcon || moreBits ? TensorType.Q4_K : type;
            case Q3_K_L -> falcon ? TensorType.Q4_K : TensorType.Q5_K;
            case Q4_K_S -> !falcon && layer < layers / 8 ? TensorType.Q5_K : type;
            case Q4_K_M -> {
                if (falcon) {
                    yield layer < layers / 16 ? TensorType.Q6_K : moreBits ? TensorType.Q5_K : type;
                }
                yield moreBits ? TensorType.Q6_K : type;
            }
            case Q5_K_M -> moreBits ? TensorType.Q6_K : type;
            default -> type;
        };
    }

    private TensorType output(Model model, int cols) {
        boolean coarse = model.isFalcon() || cols % type.blockSize() != 0 || type == TensorType.Q8_0;
        return coarse ? TensorType.Q8_0 : TensorType.Q6_K;
    }

    /** The first and last eighth of the layers, and every third between. */
    private static boolean hasMoreBits(int layer, int layers) {
        int eighth = layers / 8;
        return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
    }

    /** Where rows are not whole blocks, a type of blocks of 32 with as many bits or more; at last F16. */
    private static TensorType fitting(TensorType wanted, int cols) {
        if (cols % wanted.blockSize() == 0) {
            return wanted;
        }
        TensorType small = switch (wanted) {
            case Q2_K, Q3_K, IQ4_XS, NF4 -> TensorType.IQ4_NL;
            case Q4_K -> TensorType.Q5_0;
            case Q5_K -> TensorType.Q5_1;
            case Q6_K -> TensorType.Q8_0;
            default -> TensorType.F16;
        };
        return cols % small.blockSize() == 0 ? small : TensorType.F16;
    }
}
