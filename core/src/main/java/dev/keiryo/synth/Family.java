package dev.keiryo.synth;

/** Which tensors and keys the models of an architecture have. */
public enum Family {
    LLAMA("llama"),
    QWEN2("qwen2"),
    QWEN3("qwen3"),
    GEMMA2("gemma2"),
    GEMMA3("gemma3"),
    PHI3("phi3"),
    OLMOE("olmoe"),
    GPT2("gpt2"),
    BERT("bert"),
    T5("t5");

    /** In what an architecture differs from Llama. */
    enum Trait {
        /** Layer norms in place of RMS norms. */
        LAYER_NORMS,
        /** Positions are looked up, not rotated. */
        POSITIONS,
        /** All linear layers have biases. */
        BIASES,
        /** Queries, keys and values have biases. */
        QKV_BIASES,
        /** Queries, keys and values are one matrix. */
        FUSED_QKV,
        /** The gate's rows precede those of {@code ffn_up}. */
        FUSED_GATE,
        /** The feed-forward has no gate. */
        NO_GATE,
        /** Queries and keys are normalized, each head alone. */
        HEAD_NORMS,
        /** Queries and keys are normalized over all heads. */
        WIDE_NORMS,
        /** Norms after attention and feed-forward as well. */
        POST_NORMS,
        /** Attention scores and logits are softcapped. */
        SOFTCAPS,
        /** Norms after the sums, segments, no output layer. */
        ENCODER,
        /** A stack that reads and one that writes, in which scores are biased by distance. */
        ENCODER_DECODER
    }

    private final String architecture;

    Family(String architecture) {
        this.architecture = architecture;
    }

    /** GGUF's {@code general.architecture}. */
    public String architecture() {
        return architecture;
    }

    boolean has(Trait trait) {
        return switch (trait) {
            case LAYER_NORMS, POSITIONS, BIASES, NO_GATE -> this == GPT2 || this == BERT;
            case QKV_BIASES -> this == QWEN2;
            case FUSED_QKV -> this == GPT2 || this == PHI3;
            case FUSED_GATE -> this == PHI3;
            case HEAD_NORMS -> this == QWEN3 || this == GEMMA3;
            case WIDE_NORMS -> this == OLMOE;
            case POST_NORMS -> this == GEMMA2 || this == GEMMA3;
            case SOFTCAPS -> this == GEMMA2;
            case ENCODER -> this == BERT;
            case ENCODER_DECODER -> this == T5;
        };
    }
}
