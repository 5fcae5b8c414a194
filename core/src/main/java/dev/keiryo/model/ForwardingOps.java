package dev.keiryo.model;

import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.List;

/**
 * An interpreter that leaves every operation to another: the base of those that watch a forward pass or run a part of it
 * otherwise. Layers and experts run on this interpreter, not on the other alone, so that what is inside them is seen too.
 */
public abstract class ForwardingOps implements Ops {
    private final Ops inner;

    protected ForwardingOps(Ops inner) {
        this.inner = inner;
    }

    /** Whom the operations are left to. */
    protected final Ops inner() {
        return inner;
    }

    @Override
    public Tensor embed(Weight table, Tokens tokens) {
        return inner.embed(table, tokens);
    }

    @Override
    public Tensor embedPositions(Weight table, Tokens tokens) {
        return inner.embedPositions(table, tokens);
    }

    @Override
    public Tensor linear(Linear layer, Tensor x) {
        return inner.linear(layer, x);
    }

    @Override
    public Tensor rmsNorm(Norm norm, Tensor x) {
        return inner.rmsNorm(norm, x);
    }

    @Override
    public Tensor layerNorm(Norm norm, Tensor x) {
        return inner.layerNorm(norm, x);
    }

    @Override
    public Tensor rope(Rope rope, Tensor x) {
        return inner.rope(rope, x);
    }

    @Override
    public void remember(int slot, Attention attention, Tensor k, Tensor v) {
        inner.remember(slot, attention, k, v);
    }

    @Override
    public Tensor attend(int slot, Attention attention, Tensor q) {
        return inner.attend(slot, attention, q);
    }

    @Override
    public Tensor activate(Activation f, Tensor x) {
        return inner.activate(f, x);
    }

    @Override
    public Tensor gated(Activation f, Tensor gate, Tensor up) {
        return inner.gated(f, gate, up);
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        return inner.add(a, b);
    }

    @Override
    public Tensor scale(Tensor x, float s) {
        return inner.scale(x, s);
    }

    @Override
    public Tensor softcap(Tensor x, float cap) {
        return inner.softcap(x, cap);
    }

    @Override
    public Tensor clamp(Tensor x, float limit) {
        return inner.clamp(x, limit);
    }

    @Override
    public Tensor gateRows(Tensor x, Tensor gate) {
        return inner.gateRows(x, gate);
    }

    @Override
    public Tensor mixture(Routing routing, Tensor router, List<? extends Block> experts, Tensor x) {
        List<Block> here = experts.stream()
                .<Block>map(expert -> (ops, y) -> expert.forward(this, y))
                .toList();
        return inner.mixture(routing, router, here, x);
    }

    @Override
    public Tensor block(Block block, Tensor x) {
        return inner.block((ops, y) -> block.forward(this, y), x);
    }

    @Override
    public Tensor outputs(Tensor x) {
        return inner.outputs(x);
    }
}
