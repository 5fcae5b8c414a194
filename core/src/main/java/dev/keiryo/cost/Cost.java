package dev.keiryo.cost;

import dev.keiryo.model.Tokens;
import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Linear;
import java.util.List;

/**
 * What one forward pass costs.
 *
 * @param flops floating-point operations of the matrix products, a multiply-add being two; attention over a text of the
 *     same length included
 * @param weightBytes bytes of weights that it reads, each matrix once
 * @param cacheNumbers numbers of keys and values that it stores for all tokens
 * @param activationBytes intermediate results at their most, as inference holds them: a layer's are given up when it ends
 */
public record Cost(long flops, long weightBytes, long cacheNumbers, long activationBytes) {
    /** Tokens enough to use every expert of any model. */
    private static final int MANY = 1 << 16;

    /** The cost of processing a text of {@code tokens} tokens at once, with logits for the last only. */
    public static Cost of(Transformer transformer, int tokens) {
        return run(transformer, tokens).cost();
    }

    /** All linear layers that a model's forward pass may use, each expert's too, in the order of their first use. */
    public static List<Linear> layers(Transformer transformer) {
        return List.copyOf(run(transformer, MANY).layers());
    }

    private static CostOps run(Transformer transformer, int tokens) {
        CostOps ops = new CostOps();
        Tokens text = new Tokens() {
            @Override
            public int count() {
                return tokens;
            }

            @Override
            public int id(int i) {
                return 0;
            }

            @Override
            public int position(int i) {
                return i;
            }
        };
        if (transformer.kind() == Transformer.Kind.ENCODER_DECODER) {
            transformer.encode(ops, text);
        }
        transformer.forward(ops, text);
        return ops;
    }
}
