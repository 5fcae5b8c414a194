package dev.keiryo.measure;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.model.Ops;
import dev.keiryo.model.Transformer.Kind;
import dev.keiryo.tensor.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Predictions of a decoder, or of an encoder-decoder, computed. The engine remains its owner's. */
public final class ModelPredictions implements Predictions {
    private final Engine engine;
    private final int context;
    private final UnaryOperator<Ops> observer;
    private final List<Sequence> sequences = new ArrayList<>();
    private final Batch sources = new Batch();
    private final Batch batch = new Batch();

    /**
     * @param context tokens of a window at most
     * @throws IllegalArgumentException where the engine's model is an encoder
     */
    public ModelPredictions(Engine engine, int context) {
        this(engine, context, UnaryOperator.identity());
    }

    /** @param observer wraps the engine's interpreter, once in every pass: {@link Engine#forward(Batch, UnaryOperator)} */
    public ModelPredictions(Engine engine, int context, UnaryOperator<Ops> observer) {
        if (engine.transformer().kind() == Kind.ENCODER) {
            throw new IllegalArgumentException(
                    engine.checkpoint().source() + " does not predict the next token of a text: it is an encoder");
        }
        this.engine = engine;
        this.context = context;
        this.observer = observer;
    }

    @Override
    public int vocabulary() {
        return engine.transformer().shape().vocabulary();
    }

    @Override
    public Matrix next(Pass pass) {
        sources.clear();
        batch.clear();
        for (int i = 0; i < pass.parts().size(); i++) {
            if (i == sequences.size()) {
                sequences.add(engine.newSequence(context));
            }
            Pass.Part part = pass.parts().get(i);
            Sequence sequence = sequences.get(i);
            if (part.from() == 0) {
                sequence.truncate(0);
                int[] source = part.window().source();
                if (source.length > 0) {
                    sources.add(sequence, source, 0, source.length, Batch.Output.NONE);
                }
            }
            batch.add(sequence, part.window().ids(), part.from(), part.to(), part.firstScored());
        }
        return sources.count() == 0 ? engine.forward(batch, observer) : engine.forward(sources, batch, observer);
    }

    @Override
    public void close() {
        sequences.forEach(Sequence::close);
    }
}
