package dev.keiryo.cost;

import dev.keiryo.model.Attention;
import dev.keiryo.model.Block;
import dev.keiryo.model.Ops;
import dev.keiryo.model.Rope;
import dev.keiryo.model.Routing;
import dev.keiryo.model.Tokens;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The interpreter that computes nothing and notes what reaches the cache: a tensor is its size and what rotated it. */
final class CacheOps implements Ops {
    /** @param obscured whether something followed the rotation that does not commute with it */
    private record Traced(int rows, int cols, @Nullable Rope rope, boolean obscured) implements Tensor {
        Traced(int rows, int cols) {
            this(rows, cols, null, false);
        }
    }

    private final CacheLayout.@Nullable Slot[] slots;
    private boolean learnedPositions;

    CacheOps(int slots) {
        this.slots = new CacheLayout.Slot[slots];
    }

    List<CacheLayout.Slot> slots() {
        for (int i = 0; i < slots.length; i++) {
            if (slots[i] == null) {
                throw new IllegalStateException("no attention uses slot " + i + " of the cache");
            }
        }
        return Arrays.asList(slots);
    }

    boolean learnedPositions() {
        return learnedPositions;
    }

    /** What a function of each number alone, or of a row, makes of {@code x}. */
    private static Tensor changed(Tensor x) {
        Traced t = (Traced) x;
        return new Traced(t.rows, t.cols, t.rope, t.obscured || t.rope != null);
    }

    @Override
    public Tensor embed(Weight table, Tokens tokens) {
        return new Traced(tokens.count(), table.cols());
    }

    @Override
    public Tensor embedPositions(Weight table, Tokens tokens) {
        learnedPositions = true;
        return new Traced(tokens.count(), table.cols());
    }

    @Override
    public Tensor linear(Linear layer, Tensor x) {
        Traced t = (Traced) x;
        return new Traced(t.rows, layer.out(), t.rope, t.obscured || t.rope != null);
    }

    @Override
    public Tensor rmsNorm(Norm norm, Tensor x) {
        return changed(x);
    }

    @Override
    public Tensor layerNorm(Norm norm, Tensor x) {
        return changed(x);
    }

    @Override
    public Tensor rope(Rope rope, Tensor x) {
        Traced t = (Traced) x;
        return new Traced(t.rows, t.cols, rope, t.rope != null);
    }

    @Override
    public void remember(int slot, Attention a, Tensor k, Tensor v) {
        Traced key = (Traced) k;
        slots[slot] = new CacheLayout.Slot(a, key.rope, !key.obscured);
    }

    @Override
    public Tensor attend(int slot, Attention a, Tensor q) {
        return new Traced(q.rows(), a.heads() * a.valueDim());
    }

    @Override
    public Tensor activate(Activation f, Tensor x) {
        return changed(x);
    }

    @Override
    public Tensor gated(Activation f, Tensor gate, Tensor up) {
        return changed(gate);
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        return ((Traced) a).rope == null ? changed(b) : changed(a);
    }

    /** A factor commutes with rotations. */
    @Override
    public Tensor scale(Tensor x, float s) {
        return x;
    }

    @Override
    public Tensor softcap(Tensor x, float cap) {
        return cap == 0 ? x : changed(x);
    }

    @Override
    public Tensor clamp(Tensor x, float limit) {
        return changed(x);
    }

    @Override
    public Tensor gateRows(Tensor x, Tensor gate) {
        return x;
    }

    @Override
    public Tensor mixture(Routing routing, Tensor router, List<? extends Block> experts, Tensor x) {
        return changed(x);
    }

    @Override
    public Tensor block(Block block, Tensor x) {
        return block.forward(this, x);
    }

    @Override
    public Tensor outputs(Tensor x) {
        return x;
    }
}
