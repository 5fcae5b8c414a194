package dev.keiryo.measure;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a text says of a model, and of how far it is from a reference that reads the same tokens.
 *
 * @param divergence null where there was no reference
 */
public record Evaluation(Perplexity perplexity, @Nullable Divergence divergence) {
    /** Told after each pass. */
    @FunctionalInterface
    public interface Progress {
        /**
         * @param tokens fed so far
         * @param scored of them, that have counted
         * @param perplexity of those; {@code NaN} for none
         */
        void passed(long tokens, long scored, double perplexity);

        Progress NONE = (tokens, scored, perplexity) -> {};
    }

    /** Tokens that {@code windows} feed: the total of {@link Progress}. */
    public static long tokens(List<Window> windows) {
        return windows.stream().mapToLong(w -> w.fed() + w.source().length).sum();
    }

    /** As {@link #of(Predictions, Predictions, List, Workers, Progress)}, of a model alone. */
    public static Perplexity perplexity(Predictions model, List<Window> windows, Workers workers, Progress progress)
            throws IOException {
        return of(model, null, windows, workers, progress).perplexity();
    }

    /**
     * Reads {@code windows} pass by pass, so that no more than a pass's logits are in memory; the rows of a pass are shared by
     * {@code workers}, and summed in order. The reference comes first.
     *
     * @param windows not empty
     * @throws IllegalArgumentException where the two vocabularies differ in size
     */
    public static Evaluation of(
            Predictions model,
            @Nullable Predictions reference,
            List<Window> windows,
            Workers workers,
            Progress progress)
            throws IOException {
        if (reference != null && reference.vocabulary() != model.vocabulary()) {
            throw new IllegalArgumentException("the model knows " + model.vocabulary() + " tokens, the reference "
                    + reference.vocabulary() + "; only models of one vocabulary can be compared");
        }
        if (windows.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to evaluate on");
        }
        RowScores scores = new RowScores(model.vocabulary(), reference == null ? 0 : reference.floor(), workers);
        Moments losses = new Moments();
        DivergenceSums divergences = new DivergenceSums();
        long fed = 0;
        for (Iterator<Pass> passes = Pass.over(windows, model.vocabulary()); passes.hasNext(); ) {
            Pass pass = passes.next();
            Matrix theirs = reference == null ? null : reference.next(pass);
            Matrix ours = model.next(pass);
            scores.score(pass, ours, theirs);
            for (int row = 0; row < scores.rows(); row++) {
                losses.add(scores.loss(row));
                if (theirs != null) {
                    divergences.add(scores, row);
                }
            }
            fed += pass.tokens();
            progress.passed(
                    fed,
                    losses.count(),
                    losses.count() == 0 ? Double.NaN : losses.x().exp().value());
        }
        return new Evaluation(
                new Perplexity(losses.count(), losses.x()), reference == null ? null : divergences.divergence());
    }
}
