package dev.keiryo.measure;

import java.util.Arrays;

/** What the rows of all passes come to: see {@link Divergence}. */
final class DivergenceSums {
    /** Loss and loss under the reference. */
    private final Moments losses = new Moments();

    private final Moments kl = new Moments();
    private final Moments agreement = new Moments();
    private final Moments error = new Moments();
    private final Moments squaredError = new Moments();
    private double maxError;
    private float[] values = new float[1024];
    private int count;

    void add(RowScores scores, int row) {
        double loss = scores.loss(row);
        double referenceLoss = scores.referenceLoss(row);
        losses.add(loss, referenceLoss);
        kl.add(scores.divergence(row));
        agreement.add(scores.agrees(row) ? 1 : 0);
        double difference = Math.exp(-loss) - Math.exp(-referenceLoss);
        error.add(difference);
        squaredError.add(difference * difference);
        maxError = Math.max(maxError, Math.abs(difference));
        if (count == values.length) {
            values = Arrays.copyOf(values, 2 * count);
        }
        values[count++] = (float) scores.divergence(row);
    }

    Divergence divergence() {
        Estimate model = losses.x().exp();
        Estimate reference = losses.y().exp();
        double variance = model.error() * model.error()
                + reference.error() * reference.error()
                - 2 * model.value() * reference.value() * losses.covariance();
        Estimate square = squaredError.x();
        double rms = Math.sqrt(square.value());
        return new Divergence(
                new Perplexity(losses.count(), losses.y()),
                losses.difference(),
                new Estimate(model.value() - reference.value(), Math.sqrt(Math.max(0, variance))),
                kl.x(),
                Quantiles.of(Arrays.copyOf(values, count)),
                agreement.x(),
                error.x(),
                new Estimate(rms, rms > 0 ? square.error() / (2 * rms) : 0),
                maxError);
    }
}
