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
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The interpreter that computes nothing: tensors are only their sizes, and each operation adds to the count. */
final class CostOps implements Ops {
    /** Bytes that 32 numbers take as inputs of a product of quantized weights: int8, a scale and two sums. */
    private static final int INPUT_BYTES_OF_32 = 44;

    private record Size(int rows, int cols) implements Tensor {}

    /** In the order of their first use. */
    private final List<Linear> layers = new ArrayList<>();

    private final Set<Linear> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private long flops;
    private long weightBytes;
    private long cacheNumbers;
    /** Bytes of intermediate results that are held now, as {@code EagerOps} takes and gives back its workspace. */
    private long held;

    private long mostHeld;
    private long mostInputs;

    Cost cost() {
        return new Cost(flops, weightBytes, cacheNumbers, mostHeld + mostInputs);
    }

    private Size take(int rows, int cols) {
        held += 4L * rows * cols;
        mostHeld = Math.max(mostHeld, held);
        return new Size(rows, cols);
    }

    private Size like(Tensor x) {
        return take(x.rows(), x.cols());
    }

    /** The layers seen, each once. */
    List<Linear> layers() {
        return layers;
    }

    @Override
    public Tensor embed(Weight table, Tokens tokens) {
        weightBytes += tokens.count() * table.rowBytes();
        return take(tokens.count(), table.cols());
    }

    @Override
    public Tensor embedPositions(Weight table, Tokens tokens) {
        return embed(table, tokens);
    }

    @Override
    public Tensor linear(Linear layer, Tensor x) {
        if (seen.add(layer)) {
            layers.add(layer);
        }
        flops += 2L * x.rows() * layer.in() * layer.out();
        weightBytes += layer.weight().data().byteSize();
        mostInputs = Math.max(mostInputs, (long) x.rows() * x.cols() * INPUT_BYTES_OF_32 / 32);
        return take(x.rows(), layer.out());
    }

    @Override
    public Tensor rmsNorm(Norm norm, Tensor x) {
        return like(x);
    }

    @Override
    public Tensor layerNorm(Norm norm, Tensor x) {
        return like(x);
    }

    @Override
    public Tensor rope(Rope rope, Tensor x) {
        return like(x);
    }

    @Override
    public void remember(int slot, Attention a, Tensor k, Tensor v) {
        cacheNumbers += (long) k.rows() * (k.cols() + v.cols());
    }

    @Override
    public Tensor attend(int slot, Attention a, Tensor q) {
        long pairs = a.causal() ? (long) q.rows() * (q.rows() + 1) / 2 : (long) q.rows() * q.rows();
        if (a.window() > 0) {
            pairs = Math.min(pairs, (long) q.rows() * a.window());
        }
        flops += 2 * pairs * a.heads() * (a.headDim() + a.valueDim());
        return take(q.rows(), a.heads() * a.valueDim());
    }

    @Override
    public Tensor activate(Activation f, Tensor x) {
        return like(x);
    }

    @Override
    public Tensor gated(Activation f, Tensor gate, Tensor up) {
        return like(gate);
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        return like(a);
    }

    @Override
    public Tensor scale(Tensor x, float s) {
        return like(x);
    }

    @Override
    public Tensor softcap(Tensor x, float cap) {
        return cap == 0 ? x : like(x);
    }

    @Override
    public Tensor clamp(Tensor x, float limit) {
        return like(x);
    }

    @Override
    public Tensor gateRows(Tensor x, Tensor gate) {
        return like(x);
    }

    /** As if the tokens spread evenly over the experts. */
    @Override
    public Tensor mixture(Routing routing, Tensor router, List<? extends Block> experts, Tensor x) {
        long chosen = (long) x.rows() * routing.topK();
        int used = (int) Math.min(chosen, experts.size());
        Tensor y = like(x);
        long mark = held;
        for (int e = 0; e < used; e++) {
            long rows = chosen * (e + 1) / used - chosen * e / used;
            experts.get(e).forward(this, take((int) rows, x.cols()));
            held = mark;
        }
        return y;
    }

    @Override
    public Tensor block(Block block, Tensor x) {
        long mark = held;
        block.forward(this, x);
        held = mark;
        return x;
    }

    @Override
    public Tensor outputs(Tensor x) {
        return take(1, x.cols());
    }
}
