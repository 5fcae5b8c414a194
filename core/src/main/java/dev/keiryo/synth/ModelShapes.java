package dev.keiryo.synth;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The table of shapes: the published configurations of models, and two that have no original. */
public final class ModelShapes {
    private static final Map<String, ModelShape> ALL = new LinkedHashMap<>();

    static {
        // name, family, layers, hidden, ffn, heads, key/value heads, head size, vocabulary, context,
        //         experts, of them used, tied, epsilon, rope base, rope factor, window
        add(
                "llama-3.2-1b",
                Family.LLAMA,
                16,
                2048,
                8192,
                32,
                8,
                64,
                128_256,
                131_072,
                0,
                0,
                true,
                1e-5f,
                500_000,
                32,
                0);
        add(
                "llama-3.2-3b",
                Family.LLAMA,
                28,
                3072,
                8192,
                24,
                8,
                128,
                128_256,
                131_072,
                0,
                0,
                true,
                1e-5f,
                500_000,
                32,
                0);
        add("tinyllama-1.1b", Family.LLAMA, 22, 2048, 5632, 32, 4, 64, 32_000, 2048, 0, 0, false, 1e-5f, 10_000, 0, 0);
        add("smollm2-135m", Family.LLAMA, 30, 576, 1536, 9, 3, 64, 49_152, 8192, 0, 0, true, 1e-5f, 100_000, 0, 0);
        add(
                "qwen3-0.6b",
                Family.QWEN3,
                28,
                1024,
                3072,
                16,
                8,
                128,
                151_936,
                40_960,
                0,
                0,
                true,
                1e-6f,
                1_000_000,
                0,
                0);
        add(
                "qwen3-1.7b",
                Family.QWEN3,
                28,
                2048,
                6144,
                16,
                8,
                128,
                151_936,
                40_960,
                0,
                0,
                true,
                1e-6f,
                1_000_000,
                0,
                0);
        add(
                "qwen2.5-0.5b",
                Family.QWEN2,
                24,
                896,
                4864,
                14,
                2,
                64,
                151_936,
                32_768,
                0,
                0,
                true,
                1e-6f,
                1_000_000,
                0,
                0);
        add("gemma-2-2b", Family.GEMMA2, 26, 2304, 9216, 8, 4, 256, 256_000, 8192, 0, 0, true, 1e-6f, 10_000, 0, 4096);
        add(
                "gemma-3-1b",
                Family.GEMMA3,
                26,
                1152,
                6912,
                4,
                1,
                256,
                262_144,
                32_768,
                0,
                0,
                true,
                1e-6f,
                1_000_000,
                0,
                512);
        add("phi-3-mini", Family.PHI3, 32, 3072, 8192, 32, 32, 96, 32_064, 4096, 0, 0, false, 1e-5f, 10_000, 0, 2047);
        add(
                "mixtral-small",
                Family.LLAMA,
                16,
                1024,
                3584,
                16,
                4,
                64,
                32_000,
                32_768,
                8,
                2,
                false,
                1e-5f,
                1_000_000,
                0,
                0);
        add("olmoe-1b-7b", Family.OLMOE, 16, 2048, 1024, 16, 16, 128, 50_304, 4096, 64, 8, false, 1e-5f, 10_000, 0, 0);
        // llama.cpp demands GPT-2's output matrix, though the model ties it
        add("gpt2", Family.GPT2, 12, 768, 3072, 12, 12, 64, 50_257, 1024, 0, 0, false, 1e-5f, 0, 0, 0);
        add("bert-base", Family.BERT, 12, 768, 3072, 12, 12, 64, 30_522, 512, 0, 0, true, 1e-12f, 0, 0, 0);
        add("tiny", Family.LLAMA, 2, 256, 512, 4, 2, 64, 512, 256, 0, 0, true, 1e-5f, 10_000, 0, 0);
    }

    private ModelShapes() {}

    /** All shapes, in the table's order. */
    public static Collection<ModelShape> all() {
        return ALL.values();
    }

    /** The shape of that name, or null. */
    public static @Nullable ModelShape find(String name) {
        return ALL.get(name);
    }

    @SuppressWarnings("TooManyParameters")
    private static void add(
            String name,
            Family family,
            int layers,
            int hidden,
            int ffn,
            int heads,
            int kvHeads,
            int headDim,
            int vocabulary,
            int context,
            int experts,
            int expertsUsed,
            boolean tied,
            float epsilon,
            float ropeBase,
            float ropeFactor,
            int window) {
        ALL.put(
                name,
                new ModelShape(
                        name,
                        family,
                        layers,
                        hidden,
                        ffn,
                        heads,
                        kvHeads,
                        headDim,
                        vocabulary,
                        context,
                        experts,
                        expertsUsed,
                        tied,
                        epsilon,
                        ropeBase,
                        ropeFactor,
                        window));
    }
}
