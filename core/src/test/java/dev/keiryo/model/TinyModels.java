package dev.keiryo.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * A tiny random model of every architecture, made so that each of its particulars changes the logits: windows shorter
 * than the text, few key/value heads, heads whose width is not {@code hidden / heads}, scaled rotary positions.
 *
 * <p>What they should compute is in {@code expected/NAME.json}, by an independent implementation. {@link #main} writes
 * the models as files, for making those figures anew.
 */
public final class TinyModels {
    private static final int HIDDEN = 32;
    private static final int HEADS = 4;
    private static final int FFN = 48;
    private static final int CONTEXT = 64;
    private static final int EXPERTS = 6;
    private static final int EXPERT_WIDTH = 16;

    private TinyModels() {}

    /** By name. */
    static Map<String, TinyModel> all() {
        Map<String, TinyModel> all = new TreeMap<>();
        all.put("llama", llama(1));
        all.put("llama-rope-linear", llama(2).key("rope.scaling.type", "linear").key("rope.scaling.factor", 4.0));
        all.put("llama-rope-yarn", yarn());
        all.put("llama-rope-dynamic", llama(17).key("context_length", 8).key("rope.scaling.dynamic_factor", 2.0));
        all.put("llama3-rope-factors", llama(4).vector("rope_freqs.weight", 1, 1.5f, 4, 8));
        all.put("mixtral", mixtral());
        all.put("qwen2", qwen2("qwen2", 6, false));
        all.put("qwen2moe", qwen2("qwen2moe", 7, true));
        all.put("qwen3", qwen3("qwen3", 8, false));
        all.put("qwen3moe", qwen3("qwen3moe", 33, true));
        all.put("olmoe", olmoe());
        all.put("gemma", gemma());
        all.put("gemma2", gemma2());
        all.put("gemma3", gemma3());
        all.put("phi3", phi3(14, 5));
        all.put("phi3-longrope-short", longrope(18, 32));
        all.put("phi3-longrope-long", longrope(15, 8));
        all.put("granite", granite());
        all.putAll(TinyLayerNormModels.all());
        return all;
    }

    /** Writes {@code NAME.gguf} of each to the folder {@code args[0]}. */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        for (Map.Entry<String, TinyModel> model : all().entrySet()) {
            model.getValue().write(folder.resolve(model.getKey() + ".gguf"));
        }
    }

    private static TinyModel llama(int seed) {
        TinyModel m =
                model("llama", seed, 2, 2, 8).key("rope.dimension_count", 8).key("rope.freq_base", 10_000.0);
        for (int i = 0; i < 2; i++) {
            attention(m, i, 2, 8);
            swiglu(m, i);
        }
        return m.matrix("output", 1, TinyModel.VOCABULARY, HIDDEN);
    }

    private static TinyModel yarn() {
        return llama(3).key("rope.scaling.type", "yarn")
                .key("rope.scaling.factor", 4.0)
                .key("rope.scaling.original_context_length", 16);
    }

    private static TinyModel mixtral() {
        TinyModel m = model("llama", 33, 2, 2, 8).key("rope.dimension_count", 8);
        for (int i = 0; i < 2; i++) {
            attention(m, i, 2, 8);
            experts(m, i, FFN);
        }
        return m.matrix("output", 1, TinyModel.VOCABULARY, HIDDEN);
    }

    private static TinyModel qwen2(String architecture, int seed, boolean mixture) {
        TinyModel m = model(architecture, seed, 2, 2, 8).key("rope.freq_base", 1e6);
        for (int i = 0; i < 2; i++) {
            attention(m, i, 2, 8);
            String attn = "blk." + i + ".attn_";
            m.bias(attn + "q", HEADS * 8).bias(attn + "k", 2 * 8).bias(attn + "v", 2 * 8);
            if (mixture) {
                experts(m, i, EXPERT_WIDTH);
                sharedExpert(m, "blk." + i + ".ffn_");
            } else {
                swiglu(m, i);
            }
        }
        return m.matrix("output", 1, TinyModel.VOCABULARY, HIDDEN);
    }

    private static void sharedExpert(TinyModel m, String ffn) {
        m.key("expert_shared_feed_forward_length", FFN)
                .matrix(ffn + "gate_inp_shexp", 2, HIDDEN)
                .matrix(ffn + "gate_shexp", 1, FFN, HIDDEN)
                .matrix(ffn + "up_shexp", 1, FFN, HIDDEN)
                .matrix(ffn + "down_shexp", 1, HIDDEN, FFN);
    }

    private static TinyModel qwen3(String architecture, int seed, boolean mixture) {
        TinyModel m = model(architecture, seed, 2, 2, 16).key("rope.freq_base", 1e6);
        for (int i = 0; i < 2; i++) {
            attention(m, i, 2, 16);
            m.norm("blk." + i + ".attn_q_norm", 16).norm("blk." + i + ".attn_k_norm", 16);
            if (mixture) {
                experts(m, i, EXPERT_WIDTH);
            } else {
                swiglu(m, i);
            }
        }
        return m;
    }

    private static TinyModel olmoe() {
        TinyModel m = model("olmoe", 33, 2, 4, 8).key("feed_forward_length", EXPERT_WIDTH);
        for (int i = 0; i < 2; i++) {
            attention(m, i, 4, 8);
            m.norm("blk." + i + ".attn_q_norm", HEADS * 8).norm("blk." + i + ".attn_k_norm", 4 * 8);
            experts(m, i, EXPERT_WIDTH);
        }
        return m.matrix("output", 1, TinyModel.VOCABULARY, HIDDEN);
    }

    private static TinyModel gemma() {
        TinyModel m = model("gemma", 11, 2, 1, 16);
        for (int i = 0; i < 2; i++) {
            attention(m, i, 1, 16);
            swiglu(m, i);
        }
        return m;
    }

    /** As deep as the real 2B: llama.cpp takes no other depths. */
    private static TinyModel gemma2() {
        TinyModel m = model("gemma2", 31, 26, 2, 16)
                .key("attention.sliding_window", 5)
                .key("attn_logit_softcapping", 4.0)
                .key("final_logit_softcapping", 3.0);
        for (int i = 0; i < 26; i++) {
            attention(m, i, 2, 16);
            swiglu(m, i);
            m.norm("blk." + i + ".post_attention_norm", HIDDEN).norm("blk." + i + ".post_ffw_norm", HIDDEN);
        }
        return m;
    }

    private static TinyModel gemma3() {
        TinyModel m = model("gemma3", 13, 7, 2, 16)
                .key("attention.sliding_window", 5)
                .key("rope.freq_base", 1e6)
                .key("rope.scaling.type", "linear")
                .key("rope.scaling.factor", 8.0);
        for (int i = 0; i < 7; i++) {
            attention(m, i, 2, 16);
            m.norm("blk." + i + ".attn_q_norm", 16).norm("blk." + i + ".attn_k_norm", 16);
            swiglu(m, i);
            m.norm("blk." + i + ".post_attention_norm", HIDDEN).norm("blk." + i + ".post_ffw_norm", HIDDEN);
        }
        return m;
    }

    private static TinyModel phi3(int seed, int window) {
        TinyModel m = model("phi3", seed, 2, 2, 8)
                .key("attention.sliding_window", window)
                .key("rope.dimension_count", 8)
                .key("rope.scaling.original_context_length", CONTEXT);
        for (int i = 0; i < 2; i++) {
            String blk = "blk." + i + ".";
            m.norm(blk + "attn_norm", HIDDEN)
                    .matrix(blk + "attn_qkv", 1.5, (HEADS + 2 * 2) * 8, HIDDEN)
                    .matrix(blk + "attn_output", 1, HIDDEN, HEADS * 8)
                    .norm(blk + "ffn_norm", HIDDEN)
                    .matrix(blk + "ffn_up", 1, 2 * FFN, HIDDEN)
                    .matrix(blk + "ffn_down", 1, HIDDEN, FFN);
        }
        return m.matrix("output", 1, TinyModel.VOCABULARY, HIDDEN);
    }

    private static TinyModel longrope(int seed, int originalContext) {
        return phi3(seed, 0)
                .key("rope.scaling.original_context_length", originalContext)
                .key("rope.scaling.attn_factor", 1.25)
                .vector("rope_factors_short.weight", 1, 1, 1.5f, 2)
                .vector("rope_factors_long.weight", 1, 1.5f, 4, 9);
    }

    private static TinyModel granite() {
        TinyModel m = model("granite", 16, 2, 2, 8)
                .key("rope.dimension_count", 8)
                .key("embedding_scale", 6.0)
                .key("residual_scale", 0.25)
                .key("attention.scale", 0.125)
                .key("logit_scale", 1.5);
        for (int i = 0; i < 2; i++) {
            attention(m, i, 2, 8);
            swiglu(m, i);
        }
        return m;
    }

    private static TinyModel model(String architecture, int seed, int layers, int kvHeads, int headDim) {
        return sized(architecture, seed, layers, kvHeads)
                .key("attention.key_length", headDim)
                .key("attention.value_length", headDim)
                .key("attention.layer_norm_rms_epsilon", 1e-6)
                .norm("output_norm", HIDDEN);
    }

    /** Hyperparameters and embedding that all models have. */
    static TinyModel sized(String architecture, int seed, int layers, int kvHeads) {
        return new TinyModel(architecture, seed)
                .key("context_length", CONTEXT)
                .key("embedding_length", HIDDEN)
                .key("block_count", layers)
                .key("feed_forward_length", FFN)
                .key("attention.head_count", HEADS)
                .key("attention.head_count_kv", kvHeads)
                .matrix("token_embd", 2, TinyModel.VOCABULARY, HIDDEN);
    }

    private static void attention(TinyModel m, int i, int kvHeads, int headDim) {
        String attn = "blk." + i + ".attn_";
        m.norm(attn + "norm", HIDDEN)
                .matrix(attn + "q", 1.5, HEADS * headDim, HIDDEN)
                .matrix(attn + "k", 1.5, kvHeads * headDim, HIDDEN)
                .matrix(attn + "v", 1, kvHeads * headDim, HIDDEN)
                .matrix(attn + "output", 1, HIDDEN, HEADS * headDim);
    }

    private static void swiglu(TinyModel m, int i) {
        String ffn = "blk." + i + ".ffn_";
        m.norm(ffn + "norm", HIDDEN)
                .matrix(ffn + "gate", 1, FFN, HIDDEN)
                .matrix(ffn + "up", 1, FFN, HIDDEN)
                .matrix(ffn + "down", 1, HIDDEN, FFN);
    }

    private static void experts(TinyModel m, int i, int width) {
        String ffn = "blk." + i + ".ffn_";
        m.key("expert_count", EXPERTS)
                .key("expert_used_count", 2)
                .key("expert_feed_forward_length", width)
                .norm(ffn + "norm", HIDDEN)
                .matrix(ffn + "gate_inp", 3, EXPERTS, HIDDEN)
                .matrix(ffn + "gate_exps", 1, EXPERTS, width, HIDDEN)
                .matrix(ffn + "up_exps", 1, EXPERTS, width, HIDDEN)
                .matrix(ffn + "down_exps", 1, EXPERTS, HIDDEN, width);
    }
}
