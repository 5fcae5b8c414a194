package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.ArrayList;
import java.util.List;

/**
 * What Llama and all that descend from it have around their layers:
 * {@code logits = softcap(s·W·norm(layers(m·E[tokens])))}, {@code [tokens] -> [outputs, vocab]}.
 *
 * @param embedding E {@code [vocab, hidden]}
 * @param embeddingScale m, 1 for none
 * @param layers in order, each with the cache slot of its index
 * @param output W {@code [vocab, hidden]}; E itself where they are tied
 * @param logitScale s, 1 for none
 * @param softcap {@code c·tanh(logits/c)}, 0 for none
 */
record Decoder(
        Shape shape,
        Weight embedding,
        float embeddingScale,
        List<Block> layers,
        Norm outputNorm,
        Linear output,
        float logitScale,
        float softcap)
        implements Transformer {
    /** Reads one layer. */
    interface LayerReader {
        /**
         * @param index from 0
         * @param blk what the layer's tensors begin with, {@code blk.0.}
         */
        Block read(int index, String blk) throws FormatException;
    }

    Decoder {
        layers = List.copyOf(layers);
    }

    /** Without factors; GGUF's {@code token_embd}, {@code output_norm} and, unless tied, {@code output}. */
    static Decoder read(Weights w, LayerReader reader) throws FormatException {
        Shape shape = Shape.of(w);
        List<Block> layers = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            layers.add(reader.read(i, "blk." + i + "."));
        }
        return new Decoder(
                shape,
                w.matrix("token_embd", shape.vocabulary(), shape.hidden()),
                1,
                layers,
                w.rmsNorm("output_norm", shape.hidden()),
                w.output(shape.vocabulary(), shape.hidden()),
                1,
                0);
    }

    Decoder withEmbeddingScale(float m) {
        return new Decoder(shape, embedding, m, layers, outputNorm, output, logitScale, softcap);
    }

    Decoder withLogitScale(float s) {
        return new Decoder(shape, embedding, embeddingScale, layers, outputNorm, output, s, softcap);
    }

    Decoder withSoftcap(float cap) {
        return new Decoder(shape, embedding, embeddingScale, layers, outputNorm, output, logitScale, cap);
    }

    @Override
    public Tensor forward(Ops ops, Tokens tokens) {
        Tensor x = ops.blocks(layers, scaled(ops, ops.embed(embedding, tokens), embeddingScale));
        Tensor logits = ops.linear(output, ops.rmsNorm(outputNorm, ops.outputs(x)));
        return ops.softcap(scaled(ops, logits, logitScale), softcap);
    }

    private static Tensor scaled(Ops ops, Tensor x, float s) {
        return s == 1 ? x : ops.scale(x, s);
    }
}
