package dev.keiryo.quantize;

import dev.keiryo.tensor.TensorType;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which type each matrix of a file is of. The names that {@code llama-quantize} knows mix types as it does: {@code Q2_K},
 * {@code Q2_K_S}, {@code Q3_K_S/M/L}, {@code Q4_K_S/M}, {@code Q5_K_S/M}, {@code Q6_K}, {@code IQ4_NL}, {@code IQ4_XS}. Others mean
 * their format throughout, but for what is stored finer in every quantized file: the output matrix; keys and values beside
 * eight experts.
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
    Q2_K_S(TensorType.Q2_K, 21),
    Q3_K(TensorType.Q3_K, 11),
    Q3_K_S(TensorType.Q3_K, 11),
    Q3_K_M(TensorType.Q3_K, 12),
    Q3_K_L(TensorType.Q3_K, 13),
    Q4_K(TensorType.Q4_K, 14),
    Q4_K_S(TensorType.Q4_K, 14),
    Q4_K_M(TensorType.Q4_K, 15),
    Q5_K(TensorType.Q5_K, 16),
    Q5_K_S(TensorType.Q5_K, 16),
    Q5_K_M(TensorType.Q5_K, 17),
    Q6_K(TensorType.Q6_K, 18),
    IQ4_NL(TensorType.IQ4_NL, 25),
    IQ4_XS(TensorType.IQ4_XS, 30),
    MXFP4(TensorType.MXFP4, 38),
    // GGUF has no number for these: 1024 stands for "guessed from the tensors".
    NF4(TensorType.NF4, 1024),
    NF4_DQ(TensorType.NF4_DQ, 1024),
    FP4(TensorType.FP4, 1024),
    FP4_DQ(TensorType.FP4_DQ, 1024),
    // Whole numbers, see IntegerQuantizer. But for the last one, llama.cpp runs them as what they are stored in.
    INT4(TensorType.Q4_0, 2),
    INT4_ZERO(TensorType.Q4_1, 3),
    INT3(TensorType.Q4_0, 2),
    INT3_ZERO(TensorType.Q4_1, 3),
    INT8(TensorType.Q8_0, 7),
    INT8_ZERO(TensorType.INT8, 1024);

    /** Matrices that are always float32: routers, positions, segments. */
    private static final Pattern FLOAT32 = Pattern.compile(
            ".*_norm\\.weight|.*ffn_gate_inp(_shexp)?\\.weight|position_embd\\.weight|token_types\\.weight"
                    + "|.*attn_rel_b\\.weight|rope_.*");

    private static final Pattern LAYER = Pattern.compile("^(?:(enc|dec)\\.)?blk\\.(\\d+)\\.(.*)");

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

    /** As the command line and file names have it: {@code q4_k_m}, {@code nf4-dq}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace("_dq", "-dq").replace("_zero", "-zero");
    }

    /** What most matrices are stored as. */
    public TensorType type() {
        return type;
    }

    /** Whether matrices are of several types by their place in the model, as the name's last letter says. */
    public boolean isMix() {
        return name().matches("Q\\d_K_[SML]");
    }

    /** Whether matrices are rounded to whole numbers by {@link IntegerQuantizer}. */
    public boolean isInteger() {
        return compareTo(INT4) >= 0;
    }

    /** Bits of such a whole number; 0 for other formats. */
    public int bits() {
        return switch (this) {
            case INT3, INT3_ZERO -> 3;
            case INT4, INT4_ZERO -> 4;
            case INT8, INT8_ZERO -> 8;
            default -> 0;
        };
    }

    /** Whether tensor {@code name} of {@code shape} is a matrix that may be stored in any type. */
    public static boolean isMatrix(String name, long[] shape) {
        return shape.length >= 2
                && name.endsWith(".weight")
                && !FLOAT32.matcher(name).matches();
    }

    /** GGUF's {@code general.file_type}. */
    public int fileType() {
        return fileType;
    }

    /**
     * What a mix depends on.
     *
     * @param architecture GGUF's name of it
     * @param layers of an encoder-decoder: of the encoder
     * @param decoderLayers of an encoder-decoder; else 0
     * @param experts in a layer; 0: none
     * @param groupSize query heads for each key head; 0: not known
     * @param tied whether the embedding is the output matrix too
     * @param weighed whether the importance of weights is known
     */
    public record Model(
            String architecture,
            int layers,
            int decoderLayers,
            int experts,
            int groupSize,
            boolean tied,
            boolean weighed) {
        Model withLayers(int newLayers) {
            return new Model(architecture, newLayers, decoderLayers, experts, groupSize, tied, weighed);
        }

        boolean isFalcon() {
            return architecture.equals("falcon");
        }

        /** What llama.cpp calls 70B: many query heads share keys and values, which are small and matter more. */
        boolean isSeventyBillion() {
            return layers == 80
                    && switch (architecture) {
                        case "llama" -> groupSize > 1;
                        case "qwen2", "deci", "dbrx" -> true;
                        default -> false;
                    };
        }
    }

    /** The type of tensor {@code name}, GGUF's name of it, of {@code shape}, outermost dimension first. */
    public TensorType type(Model model, String name, long[] shape) {
        if (!isMatrix(name, shape)) {
            return TensorType.F32;
        }
        int cols = (int) shape[shape.length - 1];
        if (type.blockSize() == 1) {
            return type;
        }
        return fitting(mixed(model, name, cols), cols);
    }

    private TensorType mixed(Model model, String name, int cols) {
        Matcher layered = LAYER.matcher(name);
        if (!layered.matches()) {
            return mixed(model, name, -1, cols);
        }
        int layer = Integer.parseInt(layered.group(2));
        return layered.group(1) == null
                ? mixed(model, layered.group(3), layer, cols)
                : stacked(model, layered.group(1).equals("dec"), layer, layered.group(3), cols);
    }

    /**
     * Of an encoder-decoder, as llama-quantize has it: what is the layer's number in others, is there how many such matrices it has come to
     * before, in the order of their names, the decoder's first; values to attend to the encoder with are values.
     */
    private TensorType stacked(Model model, boolean decoder, int layer, String name, int cols) {
        boolean cross = name.equals("cross_attn_v.weight");
        boolean values = cross || name.equals("attn_v.weight");
        int before = decoder ? 0 : model.decoderLayers() * (values ? 2 : 1);
        int inStack = place(layer, decoder ? model.decoderLayers() : model.layers());
        if (values) {
            int all = 2 * model.decoderLayers() + model.layers();
            int number = before + inStack * (decoder ? 2 : 1) + (cross ? 1 : 0);
            return values(model.withLayers(all), number);
        }
        return mixed(model, name, before + inStack, cols);
    }

    /** Of layer {@code layer} among {@code layers} sorted by name: 10 comes before 2. */
    private static int place(int layer, int layers) {
        return (int) IntStream.range(0, layers)
                .filter(i -> (i + ".").compareTo(layer + ".") < 0)
                .count();
    }

    private TensorType mixed(Model model, String name, int layer, int cols) {
        boolean eightExperts = model.experts() == 8;
        return switch (name) {
            // The last matrix decides between tokens, and the embedding where it is the last matrix too.
            case "output.weight" -> output(model, cols);
            case "token_embd.weight" -> model.tied() ? output(model, cols) : type;
            case "attn_v.weight" -> eightExperts ? TensorType.Q8_0 : values(model, layer);
            case "attn_k.weight" -> eightExperts ? TensorType.Q8_0 : type;
            case "attn_output.weight" -> attentionOutput(model, eightExperts);
            case "attn_qkv.weight" ->
                switch (this) {
                    case Q3_K_M, Q3_K_L -> TensorType.Q4_K;
                    case Q4_K_M -> TensorType.Q5_K;
                    case Q5_K_M -> TensorType.Q6_K;
                    default -> type;
                };
            case "ffn_down.weight", "ffn_down_exps.weight", "ffn_down_shexp.weight" -> down(model, layer);
            default -> type;
        };
    }

    private TensorType values(Model model, int layer) {
        boolean shared = model.groupSize() >= 4;
        TensorType chosen = switch (this) {
            case Q2_K -> shared ? TensorType.Q4_K : TensorType.Q3_K;
            case Q2_K_S -> shared ? TensorType.Q4_K : type;
            case Q3_K_M -> layer < 2 ? TensorType.Q5_K : TensorType.Q4_K;
            case Q3_K_L -> TensorType.Q5_K;
            case Q4_K_S -> layer < 4 ? TensorType.Q5_K : type;
            case Q4_K_M, Q5_K_M -> hasMoreBits(layer, model.layers()) ? TensorType.Q6_K : type;
            case IQ4_NL, IQ4_XS -> shared ? TensorType.Q5_K : type;
            default -> type;
        };
        boolean coarse = chosen == TensorType.Q3_K || chosen == TensorType.Q4_K;
        return coarse && model.isSeventyBillion() ? TensorType.Q5_K : chosen;
    }

    private TensorType attentionOutput(Model model, boolean eightExperts) {
        if (model.isFalcon()) {
            return this == Q3_K_L ? TensorType.Q4_K : type;
        }
        if (eightExperts) {
            return switch (this) {
                case Q2_K, Q3_K_S, Q3_K_M, Q4_K_S, Q4_K_M, IQ4_NL, IQ4_XS -> TensorType.Q5_K;
                default -> type;
            };
        }
        return switch (this) {
            case Q2_K -> TensorType.Q3_K;
            case Q3_K_M -> TensorType.Q4_K;
            case Q3_K_L -> TensorType.Q5_K;
            default -> type;
        };
    }

    private TensorType down(Model model, int layer) {
        int layers = model.layers();
        boolean falcon = model.isFalcon();
        boolean moreBits = hasMoreBits(layer, layers);
        boolean first = layer < layers / 8;
        return switch (this) {
            case Q2_K -> TensorType.Q3_K;
            case Q2_K_S -> first ? TensorType.Q4_K : type;
            case Q3_K_M -> layer < layers / 16 ? TensorType.Q5_K : !falcon || moreBits ? TensorType.Q4_K : type;
            case Q3_K_L -> falcon ? TensorType.Q4_K : TensorType.Q5_K;
            case Q4_K_S -> !falcon && first ? TensorType.Q5_K : type;
            case Q4_K_M -> {
                if (falcon) {
                    yield layer < layers / 16 ? TensorType.Q6_K : moreBits ? TensorType.Q5_K : type;
                }
                yield moreBits ? TensorType.Q6_K : type;
            }
            case Q5_K_M -> moreBits ? TensorType.Q6_K : type;
            case IQ4_NL, IQ4_XS -> first && !model.weighed() ? TensorType.Q5_K : type;
            case Q4_0 -> first && model.weighed() ? TensorType.Q4_1 : type;
            case Q5_0 -> first && model.weighed() ? TensorType.Q5_1 : type;
            default -> type;
        };
    }

    private TensorType output(Model model, int cols) {
        if (type == TensorType.INT8) {
            return type;
        }
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
            case Q2_K, Q3_K, IQ4_XS, NF4, NF4_DQ, FP4, FP4_DQ -> TensorType.IQ4_NL;
            case Q4_K -> TensorType.Q5_0;
            case Q5_K -> TensorType.Q5_1;
            case Q6_K -> TensorType.Q8_0;
            default -> TensorType.F16;
        };
        return cols % small.blockSize() == 0 ? small : TensorType.F16;
    }
}
