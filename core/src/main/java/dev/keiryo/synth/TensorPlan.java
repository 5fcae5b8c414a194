package dev.keiryo.synth;

import dev.keiryo.synth.Family.Trait;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which tensors a model of a shape has, in file order, and how large their weights are. */
final class TensorPlan {
    private static final float BIAS_STD = 0.02f;
    /** BERT's sentences A and B. */
    static final int SEGMENTS = 2;
    /** Of the distances that T5's attention tells apart. */
    static final int BUCKETS = 32;

    /** Llama 3's scaling: rotations that turn more than 4 times in 8192 positions stay, fewer than once are slowed. */
    private static final double ORIGINAL_CONTEXT = 8192;

    private static final double FAST_TURNS = 4;

    /**
     * A tensor to make.
     *
     * @param shape outermost dimension first
     * @param values all of its values where they are no random ones, else empty
     * @param std standard deviation of random values
     */
    record Entry(String name, long[] shape, float[] values, float std) {}

    private final ModelShape s;
    private final List<Entry> entries = new ArrayList<>();

    private TensorPlan(ModelShape s) {
        this.s = s;
    }

    static List<Entry> of(ModelShape shape) {
        TensorPlan plan = new TensorPlan(shape);
        if (shape.has(Trait.ENCODER_DECODER)) {
            plan.encoderDecoder();
        } else {
            plan.model();
        }
        return plan.entries;
    }

    private void model() {
        boolean encoder = s.has(Trait.ENCODER);
        matrix("token_embd", s.vocabulary(), s.hidden());
        if (s.has(Trait.POSITIONS)) {
            matrix("position_embd", s.context(), s.hidden());
        }
        if (encoder) {
            matrix("token_types", SEGMENTS, s.hidden());
            norm("token_embd_norm", s.hidden());
        }
        if (s.ropeFactor() > 0) {
            fixed("rope_freqs.weight", ropeDivisors());
        }
        for (int i = 0; i < s.layers(); i++) {
            String blk = "blk." + i + ".";
            attention(blk, encoder);
            feedForward(blk, encoder);
        }
        if (!encoder) {
            norm("output_norm", s.hidden());
            if (!s.tied()) {
                matrix("output", s.vocabulary(), s.hidden());
            }
        }
    }

    private void encoderDecoder() {
        matrix("token_embd", s.vocabulary(), s.hidden());
        for (String stack : List.of("enc", "dec")) {
            for (int i = 0; i < s.layers(); i++) {
                String blk = stack + ".blk." + i + ".";
                heads(blk + "attn");
                if (i == 0) {
                    matrix(blk + "attn_rel_b", BUCKETS, s.heads());
                }
                if (stack.equals("dec")) {
                    heads(blk + "cross_attn");
                }
                feedForward(blk, false);
            }
            norm(stack + ".output_norm", s.hidden());
        }
        if (!s.tied()) {
            matrix("output", s.vocabulary(), s.hidden());
        }
    }

    private void heads(String name) {
        norm(name + "_norm", s.hidden());
        matrix(name + "_q", s.queryWidth(), s.hidden());
        matrix(name + "_k", s.keyWidth(), s.hidden());
        matrix(name + "_v", s.keyWidth(), s.hidden());
        matrix(name + "_o", s.hidden(), s.queryWidth());
    }

    private void attention(String blk, boolean encoder) {
        int q = s.queryWidth();
        int k = s.keyWidth();
        boolean biases = s.has(Trait.BIASES) || s.has(Trait.QKV_BIASES);
        if (!encoder) {
            norm(blk + "attn_norm", s.hidden());
        }
        if (s.has(Trait.FUSED_QKV)) {
            linear(blk + "attn_qkv", q + 2 * k, s.hidden(), biases);
        } else {
            linear(blk + "attn_q", q, s.hidden(), biases);
            linear(blk + "attn_k", k, s.hidden(), biases);
            linear(blk + "attn_v", k, s.hidden(), biases);
        }
        if (s.has(Trait.HEAD_NORMS)) {
            norm(blk + "attn_q_norm", s.headDim());
            norm(blk + "attn_k_norm", s.headDim());
        }
        if (s.has(Trait.WIDE_NORMS)) {
            norm(blk + "attn_q_norm", q);
            norm(blk + "attn_k_norm", k);
        }
        linear(blk + "attn_output", s.hidden(), q, s.has(Trait.BIASES));
        if (encoder) {
            norm(blk + "attn_output_norm", s.hidden());
        }
        if (s.has(Trait.POST_NORMS)) {
            norm(blk + "post_attention_norm", s.hidden());
        }
    }

    private void feedForward(String blk, boolean encoder) {
        int h = s.hidden();
        int f = s.ffn();
        boolean biases = s.has(Trait.BIASES);
        if (!encoder) {
            norm(blk + "ffn_norm", h);
        }
        if (s.experts() > 0) {
            matrix(blk + "ffn_gate_inp", s.experts(), h);
            matrix(blk + "ffn_gate_exps", s.experts(), f, h);
            matrix(blk + "ffn_up_exps", s.experts(), f, h);
            matrix(blk + "ffn_down_exps", s.experts(), h, f);
        } else {
            boolean fused = s.has(Trait.FUSED_GATE);
            if (!fused && !s.has(Trait.NO_GATE)) {
                linear(blk + "ffn_gate", f, h, biases);
            }
            linear(blk + "ffn_up", fused ? 2 * f : f, h, biases);
            linear(blk + "ffn_down", h, f, biases);
        }
        if (encoder) {
            norm(blk + "layer_output_norm", h);
        }
        if (s.has(Trait.POST_NORMS)) {
            norm(blk + "post_ffw_norm", h);
        }
    }

    private void linear(String name, int out, int in, boolean bias) {
        matrix(name, out, in);
        if (bias) {
            entries.add(new Entry(name + ".bias", new long[] {out}, new float[0], BIAS_STD));
        }
    }

    /** Inputs of unit scale give outputs of unit scale: {@code std = 1/√in}. */
    private void matrix(String name, long... shape) {
        float std = (float) (1 / Math.sqrt((double) shape[shape.length - 1]));
        entries.add(new Entry(name + ".weight", shape, new float[0], std));
    }

    private void norm(String name, int n) {
        float[] ones = new float[n];
        Arrays.fill(ones, 1);
        fixed(name + ".weight", ones);
        if (s.has(Trait.LAYER_NORMS)) {
            entries.add(new Entry(name + ".bias", new long[] {n}, new float[0], BIAS_STD));
        }
    }

    private void fixed(String name, float[] values) {
        entries.add(new Entry(name, new long[] {values.length}, values, 0));
    }

    /**
     * What Llama 3 divides its rotary frequencies by: 1 for the fast, the factor for the slow ones, in between a blend.
     * Grattafiori et al. 2024, arXiv:2407.21783; the constants are those of the 3.2 models.
     */
    private float[] ropeDivisors() {
        float[] divisors = new float[s.headDim() / 2];
        for (int i = 0; i < divisors.length; i++) {
            double frequency = StrictMath.pow(s.ropeBase(), -2.0 * i / s.headDim());
            double turns = ORIGINAL_CONTEXT * frequency / (2 * Math.PI);
            double kept = Math.clamp((turns - 1) / (FAST_TURNS - 1), 0, 1);
            divisors[i] = (float) (1 / ((1 - kept) / s.ropeFactor() + kept));
        }
        return divisors;
    }
}
