package dev.keiryo.model;

import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.List;

/**
 * The transformer's own operations. An architecture's forward pass is written against them once; an interpreter
 * computes it (inference), records it (training), observes it or only counts it.
 *
 * <p>An {@code Ops} is bound to the batch of tokens being processed: a row of a tensor is one of its tokens, and
 * operations that depend on positions or on a sequence's past take both from the batch. No operation changes its
 * inputs, save {@link #block}, which consumes its own. All results are float32.
 */
public interface Ops {
    /** Row {@code tokens.id(i)} of {@code table [vocab, hidden]} for each token: {@code [tokens, hidden]}. */
    Tensor embed(Weight table, Tokens tokens);

    /** Row {@code tokens.position(i)} of {@code table [context, hidden]}: learned positions, {@code [tokens, hidden]}. */
    Tensor embedPositions(Weight table, Tokens tokens);

    /** {@code y = x·Wᵀ + b}: {@code [rows, in] -> [rows, out]}. */
    Tensor linear(Linear layer, Tensor x);

    /** {@code x / √(mean(x²) + ε) · w}, over groups of the norm's width. Zhang and Sennrich 2019, arXiv:1910.07467. */
    Tensor rmsNorm(Norm norm, Tensor x);

    /** {@code (x - mean(x)) / √(var(x) + ε) · w + b}, over groups of the norm's width. Ba et al. 2016, arXiv:1607.06450. */
    Tensor layerNorm(Norm norm, Tensor x);

    /** Rotates each head of {@code x [tokens, heads·headDim]} by its token's position. */
    Tensor rope(Rope rope, Tensor x);

    /**
     * Remembers {@code k} and {@code v} under the tokens' positions in cache slot {@code slot}, then attends to all that
     * the slot holds: {@link #remember} and {@link #attend}.
     */
    default Tensor attention(int slot, Attention attention, Tensor q, Tensor k, Tensor v) {
        remember(slot, attention, k, v);
        return attend(slot, attention, q);
    }

    /**
     * Appends {@code k [tokens, kvHeads·headDim]} and {@code v [tokens, kvHeads·valueDim]} to the tokens' sequences.
     *
     * @param slot one for each attention whose keys must be kept: a layer, or a layer's cross-attention
     */
    void remember(int slot, Attention attention, Tensor k, Tensor v);

    /** {@code softmax(mask(f(q·kᵀ·scale) + bias))·v} over the slot: {@code [tokens, heads·valueDim]}. */
    Tensor attend(int slot, Attention attention, Tensor q);

    /** {@code f(x)}. */
    Tensor activate(Activation f, Tensor x);

    /** {@code f(gate) ⊙ up}: SwiGLU, GeGLU. Shazeer 2020, arXiv:2002.05202. */
    Tensor gated(Activation f, Tensor gate, Tensor up);

    /** {@code a + b}. */
    Tensor add(Tensor a, Tensor b);

    /** {@code s·x}. */
    Tensor scale(Tensor x, float s);

    /** {@code cap·tanh(x / cap)}; {@code x} itself where {@code cap} is 0. */
    Tensor softcap(Tensor x, float cap);

    /** {@code min(max(x, -limit), limit)}. */
    Tensor clamp(Tensor x, float limit);

    /** {@code σ(gate[t]) · x[t]} for each row, {@code gate} being {@code [rows, 1]}. */
    Tensor gateRows(Tensor x, Tensor gate);

    /**
     * Mixture of experts: {@code y[t] = Σ_e w(t, e)·experts[e](x[t])} over the experts that {@code routing} picks for
     * token t from {@code router [tokens, experts]}. Each expert runs once, on the rows that chose it.
     */
    Tensor mixture(Routing routing, Tensor router, List<? extends Block> experts, Tensor x);

    /**
     * Runs one layer. The unit after which an interpreter may forget all intermediate results: {@code x} is consumed,
     * and the result, of the same shape, may take its place.
     */
    Tensor block(Block block, Tensor x);

    /** Runs {@code layers} one after the other, each by {@link #block}. */
    default Tensor blocks(List<? extends Block> layers, Tensor x) {
        // By index: an iterator would be garbage.
        for (int i = 0; i < layers.size(); i++) {
            x = block(layers.get(i), x);
        }
        return x;
    }

    /** The rows whose results the caller asked for; others end here. */
    Tensor outputs(Tensor x);
}
