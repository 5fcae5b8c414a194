package dev.keiryo.model;

import java.util.Map;
import java.util.TreeMap;

/** The part of {@link TinyModels} that does not descend from Llama: GPT-2 and its kin, BERT, T5. */
final class TinyLayerNormModels {
    private static final int HIDDEN = 32;
    private static final int HEADS = 4;
    private static final int HEAD = HIDDEN / HEADS;
    private static final int FFN = 48;
    private static final int CONTEXT = 64;

    private TinyLayerNormModels() {}

    static Map<String, TinyModel> all() {
        Map<String, TinyModel> all = new TreeMap<>();
        all.put("gpt2", gpt2());
        all.put("starcoder2", starcoder2());
        all.put("falcon-7b", falcon(23, 1, false));
        all.put("falcon-40b", falcon(24, 2, true));
        all.put("mpt", mpt());
        all.put("bert", bert());
        all.put("t5", t5(27, false));
        all.put("flan-t5", t5(28, true));
        return all;
    }

    private static TinyModel gpt2() {
        TinyModel m = model("gpt2", 21, HEADS).matrix("position_embd", 1, CONTEXT, HIDDEN);
        for (int i = 0; i < 2; i++) {
            String blk = "blk." + i + ".";
            norm(m, blk + "attn_norm");
            fused(m, blk, HEADS).bias(blk + "attn_qkv", 3 * HIDDEN).bias(blk + "attn_output", HIDDEN);
            norm(m, blk + "ffn_norm");
            mlp(m, blk).bias(blk + "ffn_up", FFN).bias(blk + "ffn_down", HIDDEN);
        }
        return m.matrix("output", 1, TinyModel.VOCABULARY, HIDDEN);
    }

    private static TinyModel starcoder2() {
        TinyModel m = model("starcoder2", 22, 2).key("rope.freq_base", 1e5).key("rope.dimension_count", HEAD);
        for (int i = 0; i < 2; i++) {
            String blk = "blk." + i + ".";
            norm(m, blk + "attn_norm");
            apart(m, blk, 2);
            norm(m, blk + "ffn_norm");
            mlp(m, blk).bias(blk + "ffn_up", FFN).bias(blk + "ffn_down", HIDDEN);
        }
        return m;
    }

    private static TinyModel falcon(int seed, int kvHeads, boolean twoNorms) {
        TinyModel m = model("falcon", seed, kvHeads);
        for (int i = 0; i < 2; i++) {
            String blk = "blk." + i + ".";
            norm(m, blk + "attn_norm");
            if (twoNorms) {
                norm(m, blk + "attn_norm_2");
            }
            mlp(fused(m, blk, kvHeads), blk);
        }
        return m;
    }

    /** Norms without biases. */
    private static TinyModel mpt() {
        TinyModel m = sized("mpt", 25, HEADS)
                .key("attention.clamp_kqv", 1.5)
                .key("attention.max_alibi_bias", 8.0)
                .norm("output_norm", HIDDEN);
        for (int i = 0; i < 2; i++) {
            String blk = "blk." + i + ".";
            fused(m.norm(blk + "attn_norm", HIDDEN), blk, HEADS);
            mlp(m.norm(blk + "ffn_norm", HIDDEN), blk);
        }
        return m;
    }

    private static TinyModel bert() {
        TinyModel m = sized("bert", 26, HEADS)
                .flag("attention.causal", false)
                .matrix("position_embd", 1, CONTEXT, HIDDEN)
                .segments(2, HIDDEN);
        norm(m, "token_embd_norm");
        for (int i = 0; i < 2; i++) {
            String blk = "blk." + i + ".";
            apart(m, blk, HEADS);
            norm(m, blk + "attn_output_norm");
            mlp(m, blk).bias(blk + "ffn_up", FFN).bias(blk + "ffn_down", HIDDEN);
            norm(m, blk + "layer_output_norm");
        }
        return m;
    }

    /** Heads of 12, so that they are wider together than the embedding; eight buckets, so that the text fills them. */
    private static TinyModel t5(int seed, boolean flan) {
        TinyModel m = TinyModels.sized("t5", seed, 2, HEADS)
                .key("attention.key_length", 12)
                .key("attention.value_length", 12)
                .key("attention.layer_norm_rms_epsilon", 1e-6)
                .key("attention.relative_buckets_count", 8)
                .key("decoder_start_token_id", 0);
        for (String stack : new String[] {"enc", "dec"}) {
            m.norm(stack + ".output_norm", HIDDEN).matrix(stack + ".blk.0.attn_rel_b", 1.5, 8, HEADS);
            for (int i = 0; i < 2; i++) {
                String blk = stack + ".blk." + i + ".";
                t5Attention(m, blk + "attn");
                if (stack.equals("dec")) {
                    t5Attention(m, blk + "cross_attn");
                }
                mlp(m.norm(blk + "ffn_norm", HIDDEN), blk);
                if (flan) {
                    m.matrix(blk + "ffn_gate", 1, FFN, HIDDEN);
                }
            }
        }
        return flan ? m.matrix("output", 1, TinyModel.VOCABULARY, HIDDEN) : m;
    }

    private static void t5Attention(TinyModel m, String name) {
        m.norm(name + "_norm", HIDDEN)
                .matrix(name + "_q", 0.7, HEADS * 12, HIDDEN)
                .matrix(name + "_k", 0.7, HEADS * 12, HIDDEN)
                .matrix(name + "_v", 1, HEADS * 12, HIDDEN)
                .matrix(name + "_o", 1, HIDDEN, HEADS * 12);
    }

    private static TinyModel model(String architecture, int seed, int kvHeads) {
        return norm(sized(architecture, seed, kvHeads), "output_norm");
    }

    private static TinyModel sized(String architecture, int seed, int kvHeads) {
        return TinyModels.sized(architecture, seed, 2, kvHeads).key("attention.layer_norm_epsilon", 1e-5);
    }

    private static TinyModel norm(TinyModel m, String name) {
        return m.norm(name, HIDDEN).bias(name, HIDDEN);
    }

    private static TinyModel fused(TinyModel m, String blk, int kvHeads) {
        return m.matrix(blk + "attn_qkv", 1.5, (HEADS + 2 * kvHeads) * HEAD, HIDDEN)
                .matrix(blk + "attn_output", 1, HIDDEN, HIDDEN);
    }

    /** Separate projections with biases. */
    private static void apart(TinyModel m, String blk, int kvHeads) {
        m.matrix(blk + "attn_q", 1.5, HIDDEN, HIDDEN)
                .matrix(blk + "attn_k", 1.5, kvHeads * HEAD, HIDDEN)
                .matrix(blk + "attn_v", 1, kvHeads * HEAD, HIDDEN)
                .matrix(blk + "attn_output", 1, HIDDEN, HIDDEN)
                .bias(blk + "attn_q", HIDDEN)
                .bias(blk + "attn_k", kvHeads * HEAD)
                .bias(blk + "attn_v", kvHeads * HEAD)
                .bias(blk + "attn_output", HIDDEN);
    }

    private static TinyModel mlp(TinyModel m, String blk) {
        return m.matrix(blk + "ffn_up", 1, FFN, HIDDEN).matrix(blk + "ffn_down", 1, HIDDEN, FFN);
    }
}
