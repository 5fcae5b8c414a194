package dev.keiryo.synth;

import dev.keiryo.tensor.TensorType;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which type each matrix of a file is of. A block format's name means that format throughout, but for what llama.cpp's
 * {@code llama-quantize} stores finer in every quantized file (the output matrix; keys and values beside eight experts);
 * {@code Q4_K_S}, {@code Q4_K_M} and {@code Q5_K_M} mix as it does. Where it has mixes of the other names too
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
    Q4_K(TensorType.Q4_K, 14),
    Q4_K_S(TensorType.Q4_K, 14),
    Q4_K_M(TensorType.Q4_K, 15),
    Q5_K(TensorType.Q5_K, 16),
    Q5_K_M(TensorType.Q5_K, 17),
    Q6_K(TensorType.Q6_K, 18),
    IQ4_NL(TensorType.IQ4_NL, 25),
    IQ4_XS(TensorType.IQ4_XS, 30),
    MXFP4(TensorType.MXFP4, 38);

    /** Matrices that are always float32: routers, positions, segments. */
    private static final Pattern FLOAT32 =
            Pattern.compile(".*_norm\\.weight|.*ffn_gate_inp\\.weight|position_embd\\.weight|token_types\\.weight");

    private final TensorType type;
    private final int fileType;

    Recipe(TensorType type, int fileType) {
        this.type = type;
        this.fileType = fileType;
    }

    /** As the command line and file names have it: {@code q4_k_m}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** GGUF's {@code general.file_type}. */
    int fileType() {
        return fileType;
    }

    /** The type of a tensor of {@code shape}'s model. */
    TensorType type(ModelShape shape, TensorPlan.Entry e) {
        if (e.shape().length < 2 || FLOAT32.matcher(e.name()).matches()) {
            return TensorType.F32;
        }
        int cols = (int) e.shape()[e.shape().length - 1];
        if (type.blockSize() == 1) {
            return type;
        }
        return fitting(mixed(shape, e, cols), cols);
    }

    private TensorType mixed(ModelShape shape, TensorPlan.Entry e, int cols) {
        String name = e.name().replaceFirst("^blk\\.\\d+\\.", "");
        int layer = e.layer();
        int layers = shape.layers();
        boolean finer = this == Q4_K_M || this == Q5_K_M;
        boolean eightExperts = shape.experts() == 8;
        return switch (name) {
            // The last matrix decides between tokens, and the embedding where it is the last matrix too.
            case "output.weight" -> output(cols);
            case "token_embd.weight" -> shape.tied() ? output(cols) : type;
            case "attn_v.weight" -> {
                if (eightExperts) {
                    yield TensorType.Q8_0;
                }
                if (finer && hasMoreBits(layer, layers)) {
                    yield TensorType.Q6_K;
                }
                yield this == Q4_K_S && layer < 4 ? TensorType.Q5_K : type;
            }
            case "attn_k.weight" -> eightExperts ? TensorType.Q8_0 : type;
            case "attn_output.weight" -> eightExperts && (this == Q4_K_S || this == Q4_K_M) ? TensorType.Q5_K : type;
            case "attn_qkv.weight" -> this == Q4_K_M ? TensorType.Q5_K : this == Q5_K_M ? TensorType.Q6_K : type;
            case "ffn_down.weight", "ffn_down_exps.weight" -> {
                if (finer && hasMoreBits(layer, layers)) {
                    yield TensorType.Q6_K;
                }
                yield this == Q4_K_S && layer < layers / 8 ? TensorType.Q5_K : type;
            }
            default -> type;
        };
    }

    private TensorType output(int cols) {
        return cols % type.blockSize() != 0 || type == TensorType.Q8_0 ? TensorType.Q8_0 : TensorType.Q6_K;
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
            case Q2_K, Q3_K, IQ4_XS -> TensorType.IQ4_NL;
            case Q4_K -> TensorType.Q5_0;
            case Q5_K -> TensorType.Q5_1;
            case Q6_K -> TensorType.Q8_0;
            default -> TensorType.F16;
        };
        return cols % small.blockSize() == 0 ? small : TensorType.F16;
    }
}
