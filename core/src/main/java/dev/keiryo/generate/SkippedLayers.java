package dev.keiryo.generate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.model.Block;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import java.util.BitSet;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Guesses with the model itself, some of its layers left out (self-speculative decoding: Zhang et al., Draft &amp; Verify,
 * arXiv 2309.08168; early exit is the special case of leaving out the last ones, Elhoushi et al., LayerSkip, arXiv
 * 2404.16710). It needs no other model and no memory: what the whole model knows of the past is read from the text's own
 * cache, and what it adds there is taken back.
 */
public final class SkippedLayers implements Drafter {
    private final Engine engine;
    private final BitSet skipped;
    private final UnaryOperator<Ops> without;
    private final Candidates candidates = new Candidates();
    private final Batch batch = new Batch();
    private final int[] token = new int[1];

    /**
     * @param engine the model's own
     * @param skipped the numbers of the layers to leave out, the first is 0
     * @throws IllegalArgumentException where there is no such layer, or none is left
     */
    public SkippedLayers(Engine engine, BitSet skipped) {
        int layers = engine.transformer().shape().layers();
        if (skipped.isEmpty() || skipped.length() > layers || skipped.cardinality() == layers) {
            throw new IllegalArgumentException("layers to skip: expected some, but not all, of 0 to " + (layers - 1)
                    + ", but found " + (skipped.isEmpty() ? "none" : skipped));
        }
        this.engine = engine;
        this.skipped = (BitSet) skipped.clone();
        this.without = Without::new;
    }

    /** Every other layer of the middle half: a start where nothing is known of a model. */
    public static BitSet middle(int layers) {
        BitSet skipped = new BitSet();
        for (int i = Math.max(1, layers / 4); i < Math.max(2, layers - layers / 4) && i < layers; i += 2) {
            skipped.set(i);
        }
        return skipped;
    }

    @Override
    public double share() {
        int layers = engine.transformer().shape().layers();
        return (layers - skipped.cardinality()) / (double) layers;
    }

    @Override
    public void draft(Sequence sequence, History history, int most, boolean whole, Guesses out) {
        int before = sequence.length();
        int branch = out.branch();
        token[0] = history.last(0);
        try {
            for (int n = 0; n < most && sequence.length() < sequence.capacity(); n++) {
                Matrix logits = engine.forward(batch.clear().add(sequence, token, 0, 1, Batch.Output.LAST), without);
                candidates.load(logits, 0);
                candidates.rank(1);
                token[0] = candidates.id(candidates.ranked(0));
                out.add(branch, token[0]);
            }
        } finally {
            sequence.truncate(before);
        }
    }

    @Override
    public void close() {}

    private final class Without extends ForwardingOps {
        Without(Ops inner) {
            super(inner);
        }

        @Override
        public Tensor blocks(List<? extends Block> layers, Tensor x) {
            Tensor y = x;
            for (int i = 0; i < layers.size(); i++) {
                y = skipped.get(i) ? y : inner().block(layers.get(i), y);
            }
            return y;
        }
    }
}
