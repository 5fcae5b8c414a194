package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * T5, T5 v1.1 and Flan-T5: an encoder, and a decoder that also attends to the encoder's result. RMS norm before, scores
 * not scaled but biased by distance, with one learned table for all layers of a stack. Raffel et al. 2020,
 * arXiv:1910.10683; v1.1: Shazeer 2020, arXiv:2002.05202.
 *
 * @param outputScale factor on what enters the output layer: {@code 1/√hidden} where that is the embedding (T5 1.0), else
 *     1
 */
record T5(
        Shape shape,
        Weight embedding,
        List<EncoderLayer> encoder,
        Norm encoderNorm,
        List<DecoderLayer> decoder,
        Norm decoderNorm,
        Linear output,
        float outputScale)
        implements Transformer {
    /** Distances from here on share a bucket: the paper's, and every checkpoint's. */
    private static final int MAX_DISTANCE = 128;

    static T5 read(Weights w) throws FormatException {
        Shape text = Shape.of(w);
        int hidden = text.hidden();
        int layers = w.count("decoder_block_count", text.layers());
        // Slots: the decoder's own keys, those of the encoder's result, and one that the encoder's layers take in turn.
        Shape shape = text.withCacheSlots(layers).withEncoderSlots(layers + 1);
        Attention attention = w.attention().withScale(1);
        Attention both = attention.bidirectional().withBias(bias(w, "enc", attention.heads(), true));
        Attention past = attention.withBias(bias(w, "dec", attention.heads(), false));
        List<EncoderLayer> encoder = new ArrayList<>();
        for (int i = 0; i < text.layers(); i++) {
            String blk = "enc.blk." + i + ".";
            SelfAttention self = new SelfAttention(2 * layers, both, Heads.read(w, blk + "attn", both, hidden));
            encoder.add(new EncoderLayer(self, FeedForward.read(w, blk, hidden)));
        }
        List<DecoderLayer> decoder = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            String blk = "dec.blk." + i + ".";
            Attention all = attention.bidirectional();
            decoder.add(new DecoderLayer(
                    new SelfAttention(i, past, Heads.read(w, blk + "attn", past, hidden)),
                    new CrossAttention(layers + i, all, Heads.read(w, blk + "cross_attn", all, hidden)),
                    FeedForward.read(w, blk, hidden)));
        }
        return new T5(
                shape,
                w.matrix("token_embd", shape.vocabulary(), hidden),
                encoder,
                w.rmsNorm("enc.output_norm", hidden),
                decoder,
                w.rmsNorm("dec.output_norm", hidden),
                w.output(shape.vocabulary(), hidden),
                w.has("output.weight") ? 1 : (float) (1 / Math.sqrt(hidden)));
    }

    private static PositionBias bias(Weights w, String stack, int heads, boolean bidirectional) throws FormatException {
        int buckets = w.count("attention.relative_buckets_count");
        String table = stack + ".blk.0.attn_rel_b.weight";
        return new PositionBias.RelativeBuckets(w.table(table, buckets, heads), bidirectional, MAX_DISTANCE);
    }

    @Override
    public Kind kind() {
        return Kind.ENCODER_DECODER;
    }

    @Override
    public void encode(Ops ops, Tokens tokens) {
        Tensor text = ops.rmsNorm(encoderNorm, ops.blocks(encoder, ops.embed(embedding, tokens)));
        for (DecoderLayer layer : decoder) {
            layer.cross.remember(ops, text);
        }
    }

    @Override
    public Tensor forward(Ops ops, Tokens tokens) {
        Tensor x = ops.blocks(decoder, ops.embed(embedding, tokens));
        x = ops.rmsNorm(decoderNorm, ops.outputs(x));
        return ops.linear(output, outputScale == 1 ? x : ops.scale(x, outputScale));
    }

    record EncoderLayer(SelfAttention self, FeedForward feedForward) implements Block {
        @Override
        public Tensor forward(Ops ops, Tensor x) {
            return feedForward.forward(ops, self.forward(ops, x));
        }
    }

    record DecoderLayer(SelfAttention self, CrossAttention cross, FeedForward feedForward) implements Block {
        @Override
        public Tensor forward(Ops ops, Tensor x) {
            return feedForward.forward(ops, cross.forward(ops, self.forward(ops, x)));
        }
    }

    /** Each token attends to the tokens of its own text. */
    private record SelfAttention(int slot, Attention attention, Heads heads) implements Block {
        @Override
        public Tensor forward(Ops ops, Tensor x) {
            Tensor h = ops.rmsNorm(heads.norm, x);
            Tensor q = ops.linear(heads.q, h);
            Tensor k = ops.linear(heads.k, h);
            Tensor v = ops.linear(heads.v, h);
            return ops.add(x, ops.linear(heads.o, ops.attention(slot, attention, q, k, v)));
        }
    }

    /** The decoder's tokens attend to the encoded text, whose keys and values {@link #remember} has stored. */
    private record CrossAttention(int slot, Attention attention, Heads heads) implements Block {
        void remember(Ops ops, Tensor text) {
            ops.remember(slot, attention, ops.linear(heads.k, text), ops.linear(heads.v, text));
        }

        @Override
        public Tensor forward(Ops ops, Tensor x) {
            Tensor q = ops.linear(heads.q, ops.rmsNorm(heads.norm, x));
            return ops.add(x, ops.linear(heads.o, ops.attend(slot, attention, q)));
        }
    }

    private record Heads(Norm norm, Linear q, Linear k, Linear v, Linear o) {
        static Heads read(Weights w, String name, Attention a, int hidden) throws FormatException {
            return new Heads(
                    w.rmsNorm(name + "_norm", hidden),
                    w.linear(name + "_q", a.heads() * a.headDim(), hidden),
                    w.linear(name + "_k", a.kvHeads() * a.headDim(), hidden),
                    w.linear(name + "_v", a.kvHeads() * a.valueDim(), hidden),
                    w.linear(name + "_o", hidden, a.heads() * a.valueDim()));
        }
    }

    /** ReLU without a gate (T5 1.0), GELU with one (v1.1, Flan-T5). */
    private record FeedForward(Norm norm, @Nullable Linear gate, Linear up, Linear down) implements Block {
        static FeedForward read(Weights w, String blk, int hidden) throws FormatException {
            int ffn = w.count("feed_forward_length");
            return new FeedForward(
                    w.rmsNorm(blk + "ffn_norm", hidden),
                    w.linearOrNull(blk + "ffn_gate", ffn, hidden),
                    w.linear(blk + "ffn_up", ffn, hidden),
                    w.linear(blk + "ffn_down", hidden, ffn));
        }

        @Override
        public Tensor forward(Ops ops, Tensor x) {
            Tensor h = ops.rmsNorm(norm, x);
            Tensor wide = ops.linear(up, h);
            wide = gate == null
                    ? ops.activate(Activation.RELU, wide)
                    : ops.gated(Activation.GELU_TANH, ops.linear(gate, h), wide);
            return ops.add(x, ops.linear(down, wide));
        }
    }
}
