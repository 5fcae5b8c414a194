package dev.keiryo.prune;

import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.file.ScratchFile;
import dev.keiryo.model.Block;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Texts that go through a model layer by layer, each layer being changed before the next is reached, so that what a later one sees
 * is what earlier ones, as changed, give. Of all texts the input of the layer at hand is kept, {@code [tokens, hidden]}; each
 * layer is run twice, once to be watched and once when it has been changed. In encoder-decoders the encoder's layers come first, and what the
 * last of them gives is kept as well, as each of the decoder's attends to it.
 */
final class LayerWalk {
    private final EditedCheckpoint model;
    private final List<String> layers;
    private final EngineOptions options;
    private final TextPasses passes;
    private final MemorySegment encoded;
    private final MemorySegment hidden;
    private final int width;
    /** How many of the layers are an encoder's before a decoder. */
    private final int encoderLayers;

    private final PruneProgress progress;
    /** Whether the input of the layer before the one to watch is kept. */
    private boolean begun;

    /**
     * @param model whose tensors may change between two layers
     * @param layers what the names of their tensors begin with
     * @param texts which go through it
     * @param scratch for the kept inputs
     */
    LayerWalk(
            EditedCheckpoint model,
            List<String> layers,
            TextPasses texts,
            EngineOptions options,
            ScratchFile scratch,
            PruneProgress progress)
            throws IOException {
        this.model = model;
        this.layers = layers;
        this.options = options;
        this.progress = progress;
        this.width = model.metadata().integer(model.metadata().architecture() + ".embedding_length");
        this.passes = texts;
        this.encoderLayers =
                (int) layers.stream().filter(name -> name.startsWith("enc.")).count();
        this.encoded = scratch.allocate(Math.max(4, 4L * texts.sourceTokens() * width));
        this.hidden = scratch.allocate(4L * texts.tokens() * width);
    }

    /**
     * Runs all texts through layer {@code layer}, seen by {@code observer}; to be called for each in turn. The first may be any: those before
     * it are run, too.
     */
    void watch(int layer, UnaryOperator<Ops> observer) throws IOException {
        boolean fromStart = !begun;
        begun = true;
        passes.run(model, options, (source, text) -> {
            progress.at("tokens in layer " + layer, text.first(), passes.tokens());
            return inner -> new OneLayer(inner, layer, fromStart, rows(encoded, source), rows(hidden, text), observer);
        });
    }

    private MemorySegment rows(MemorySegment of, TextPasses.Stretch stretch) {
        return of.asSlice(4 * stretch.first() * width, 4L * stretch.count() * width);
    }

    /** Runs the layer before, whose input has been kept, and keeps its output; then the layer to watch. No others, but from the start on. */
    private final class OneLayer extends ForwardingOps {
        private final int watched;
        private final boolean fromStart;
        private final MemorySegment keptEncoded;
        private final MemorySegment kept;
        private final Ops watching;
        private int layer;

        OneLayer(
                Ops inner,
                int watched,
                boolean fromStart,
                MemorySegment keptEncoded,
                MemorySegment kept,
                UnaryOperator<Ops> observer) {
            super(inner);
            this.watched = watched;
            this.fromStart = fromStart;
            this.keptEncoded = keptEncoded;
            this.kept = kept;
            this.watching = observer.apply(inner);
        }

        /** Outside of layers: what a decoder's layer makes of the encoded text is its own. */
        @Override
        public Tensor linear(Linear matrix, Tensor x) {
            return matrix.weight().name().startsWith(layers.get(watched))
                    ? watching.linear(matrix, x)
                    : inner().linear(matrix, x);
        }

        @Override
        public Tensor block(Block block, Tensor x) {
            int index = layer++;
            MemorySegment mine = index < encoderLayers ? keptEncoded : kept;
            boolean first = index == 0 || index == encoderLayers;
            if (index == watched) {
                // A decoder's first layer has the embedding before it, not the layer before.
                if (fromStart || first) {
                    mine.copyFrom(data(x));
                }
                return watching.block(block, x);
            }
            if (fromStart && index < watched) {
                Tensor y = inner().block(block, x);
                if (index == encoderLayers - 1) {
                    mine.copyFrom(data(y));
                }
                return y;
            }
            if (index == watched - 1) {
                data(x).copyFrom(mine);
                Tensor y = inner().block(block, x);
                mine.copyFrom(data(y));
                return y;
            }
            if (index == encoderLayers - 1 && index < watched) {
                data(x).copyFrom(mine);
            }
            return x;
        }

        private static MemorySegment data(Tensor x) {
            Matrix m = (Matrix) x;
            return m.data().asSlice(0, 4L * m.rows() * m.cols());
        }
    }
}
