package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An encoder with a head that tells masked tokens: {@code logits = layerNorm(gelu(x·Wᵀ + b))·Eᵀ + c}, E being the embedding. The
 * head's tensors are {@code mlm.dense}, {@code mlm.norm} and {@code mlm.output.bias}; GGUF knows no names for them.
 *
 * <p>Source: Devlin et al. 2019, arXiv:1810.04805, and the {@code cls/predictions} of its published code.
 *
 * @param output the decoder: {@code E} and {@code c}
 */
public record MaskedLm(Transformer encoder, Head head, Linear output) implements Transformer {
    /** What the names of the head's tensors begin with. */
    public static final String PREFIX = "mlm.";

    private static final String DENSE = PREFIX + "dense";
    private static final String NORM = PREFIX + "norm";
    private static final String OUTPUT_BIAS = PREFIX + "output.bias";

    /** {@code encoder} with the head that the same checkpoint holds. */
    public static MaskedLm of(Transformer encoder, Weights w) throws FormatException {
        int hidden = encoder.shape().hidden();
        int vocabulary = encoder.shape().vocabulary();
        return new MaskedLm(
                encoder,
                new Head(w.linear(DENSE, hidden, hidden), w.layerNorm(NORM, hidden)),
                new Linear(w.matrix("token_embd", vocabulary, hidden), w.vector(OUTPUT_BIAS, vocabulary)));
    }

    /** The head's tensors by name, with their shapes. */
    public static Map<String, long[]> tensors(int hidden, int vocabulary) {
        Map<String, long[]> all = new LinkedHashMap<>();
        all.put(DENSE + ".weight", new long[] {hidden, hidden});
        all.put(DENSE + ".bias", new long[] {hidden});
        all.put(NORM + ".weight", new long[] {hidden});
        all.put(NORM + ".bias", new long[] {hidden});
        all.put(OUTPUT_BIAS, new long[] {vocabulary});
        return all;
    }

    /** {@code [tokens] -> [outputs, vocab]}. */
    @Override
    public Tensor forward(Ops ops, Tokens tokens) {
        return ops.linear(output, ops.block(head, encoder.forward(ops, tokens)));
    }

    @Override
    public Kind kind() {
        return encoder.kind();
    }

    @Override
    public Shape shape() {
        return encoder.shape();
    }

    /** From hidden states to what is compared with the embeddings. */
    public record Head(Linear dense, Norm norm) implements Block {
        @Override
        public Tensor forward(Ops ops, Tensor x) {
            return ops.layerNorm(norm, ops.activate(Activation.GELU, ops.linear(dense, x)));
        }
    }
}
