package dev.keiryo.prune;

import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.file.ScratchFile;
import dev.keiryo.model.Block;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.UnaryOperator;

/**
 * Texts that go through a model layer by layer, each layer being changed before the next is reached, so that what a later one sees
 * is what earlier ones, as changed, give. Of all texts the input of the layer at hand is kept, {@code [tokens, hidden]}; each
 * layer is run twice, once to be watched and once when it has been changed.
 */
final class LayerWalk {
    private final EditedCheckpoint model;
    private final EngineOptions options;
    private final TextPasses passes;
    private final MemorySegment hidden;
    private final int width;
    private final PruneProgress progress;
    /** Whether the input of the layer before the one to watch is kept. */
    private boolean begun;

    /**
     * @param model whose tensors may change between two layers
     * @param texts which go through it
     * @param scratch for the kept inputs
     */
    LayerWalk(
            EditedCheckpoint model,
            TextPasses texts,
            EngineOptions options,
            ScratchFile scratch,
            PruneProgress progress)
            throws IOException {
        this.model = model;
        this.options = options;
        this.progress = progress;
        this.width = model.metadata().integer(model.metadata().architecture() + ".embedding_length");
        this.passes = texts;
        this.hidden = scratch.allocate(4L * texts.tokens() * width);
    }

    /**
     * Runs all texts through layer {@code layer}, seen by {@code observer}; to be called for each in turn. The first may be any: those before
     * it are run, too.
     */
    void watch(int layer, UnaryOperator<Ops> observer) throws IOException {
        boolean fromStart = !begun;
        begun = true;
        passes.run(model, options, (first, tokens) -> {
            MemorySegment rows = hidden.asSlice(4 * first * width, 4L * tokens * width);
            progress.at("tokens in layer " + layer, first, passes.tokens());
            return inner -> new OneLayer(inner, layer, fromStart, rows, observer);
        });
    }

    /** Runs the layer before, whose input has been kept, and keeps its output; then the layer to watch. No others, but from the start on. */
    private static final class OneLayer extends ForwardingOps {
        private final int watched;
        private final boolean fromStart;
        private final MemorySegment kept;
        private final Ops watching;
        private int layer;

        OneLayer(Ops inner, int watched, boolean fromStart, MemorySegment kept, UnaryOperator<Ops> observer) {
            super(inner);
            this.watched = watched;
            this.fromStart = fromStart;
            this.kept = kept;
            this.watching = observer.apply(inner);
        }

        @Override
        public Tensor block(Block block, Tensor x) {
            int index = layer++;
            if (index == watched) {
                if (fromStart) {
                    kept.copyFrom(data(x));
                }
                return watching.block(block, x);
            }
            if (fromStart && index < watched) {
                return inner().block(block, x);
            }
            if (index == watched - 1) {
                data(x).copyFrom(kept);
                Tensor y = inner().block(block, x);
                kept.copyFrom(data(y));
                return y;
            }
            return x;
        }

        private static MemorySegment data(Tensor x) {
            Matrix m = (Matrix) x;
            return m.data().asSlice(0, 4L * m.rows() * m.cols());
        }
    }
}
