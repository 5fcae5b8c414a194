package dev.keiryo.lighten;

import dev.keiryo.FormatException;
import dev.keiryo.LanguageModel;
import dev.keiryo.engine.Engine;
import dev.keiryo.file.ScratchFile;
import dev.keiryo.kernel.Workers;
import dev.keiryo.measure.Embeddings;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.ModelPredictions;
import dev.keiryo.measure.Pass;
import dev.keiryo.measure.Predictions;
import dev.keiryo.measure.Window;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * What a model loses on a text when it is run through an interpreter that changes it. The text's passes come in the same order each
 * time. 0 is no loss.
 */
sealed interface Loss extends AutoCloseable {
    /** @param changing wraps the engine's interpreter, once for each pass */
    double of(UnaryOperator<Ops> changing) throws IOException;

    @Override
    void close();

    /**
     * Mean KL divergence from the model's own predictions, in nats; those are kept in {@code scratch}, {@code 4·vocab} bytes for each token.
     *
     * @param base wraps the engine's interpreter in all passes, beneath what changes the model
     */
    static Loss ofDecoder(Engine engine, List<Window> windows, ScratchFile scratch, UnaryOperator<Ops> base) {
        return new Divergence(engine, windows, scratch, base);
    }

    /** {@code 1 - cos} of a text's vector with the model's own, on average. */
    static Loss ofEncoder(LanguageModel model, List<String> texts, UnaryOperator<Ops> base) throws FormatException {
        return new Angle(model, texts, base, Embeddings.of(model, texts, base));
    }

    /** Of decoders. */
    final class Divergence implements Loss {
        private final List<Window> windows;
        private final ScratchFile scratch;
        private final Workers workers;
        private final ModelPredictions model;
        private final ModelPredictions unchanged;
        private final List<MemorySegment> kept = new ArrayList<>();
        private UnaryOperator<Ops> changing = UnaryOperator.identity();

        private Divergence(Engine engine, List<Window> windows, ScratchFile scratch, UnaryOperator<Ops> base) {
            this.windows = windows;
            this.scratch = scratch;
            this.workers = new Workers(engine.threads());
            int longest = windows.stream()
                    .mapToInt(w -> Math.max(w.ids().length, w.source().length))
                    .max()
                    .orElse(0);
            this.model = new ModelPredictions(engine, longest, ops -> changing.apply(base.apply(ops)));
            this.unchanged = new ModelPredictions(engine, longest, base);
        }

        @Override
        public double of(UnaryOperator<Ops> how) throws IOException {
            changing = how;
            try (Predictions reference = new Kept()) {
                Evaluation found = Evaluation.of(model, reference, windows, workers, Evaluation.Progress.NONE);
                return Objects.requireNonNull(found.divergence()).kl().value();
            }
        }

        @Override
        public void close() {
            model.close();
            unchanged.close();
            workers.close();
        }

        /** What the unchanged model predicts: computed by the first evaluation, kept for those after it. */
        private final class Kept implements Predictions {
            private int pass;

            @Override
            public int vocabulary() {
                return model.vocabulary();
            }

            @Override
            public Matrix next(Pass at) throws IOException {
                if (pass == kept.size()) {
                    Matrix logits = unchanged.next(at);
                    long bytes = 4L * logits.rows() * logits.cols();
                    MemorySegment copy = scratch.allocate(Math.max(bytes, 1));
                    MemorySegment.copy(logits.data(), 0, copy, 0, bytes);
                    kept.add(copy);
                }
                return new Matrix(kept.get(pass++), at.rows(), vocabulary());
            }

            @Override
            public void close() {}
        }
    }

    /** Of encoders. */
    record Angle(LanguageModel model, List<String> texts, UnaryOperator<Ops> base, List<float[]> vectors)
            implements Loss {
        @Override
        public double of(UnaryOperator<Ops> changing) throws IOException {
            List<float[]> changed = Embeddings.of(model, texts, ops -> changing.apply(base.apply(ops)));
            double sum = 0;
            for (int t = 0; t < changed.size(); t++) {
                double cosine = 0;
                for (int i = 0; i < changed.get(t).length; i++) {
                    cosine += (double) changed.get(t)[i] * vectors.get(t)[i];
                }
                sum += 1 - cosine;
            }
            return sum / changed.size();
        }

        @Override
        public void close() {}
    }
}
