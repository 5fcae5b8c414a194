package dev.keiryo.measure;

import dev.keiryo.generate.LogProbabilities;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** What each row of a pass comes to: the loss of its token, and how a model's distribution differs from a reference's. */
final class RowScores {
    private final int vocabulary;
    private final double floor;
    private final Workers workers;
    private final float[][] ours;
    private final float[][] theirs;

    private int rows;
    private int[] targets = {};
    private double[] losses = {};
    private double[] referenceLosses = {};
    private double[] divergences = {};
    private boolean[] agreements = {};

    /** @param floor of the reference: {@link Predictions#floor} */
    RowScores(int vocabulary, double floor, Workers workers) {
        this.vocabulary = vocabulary;
        this.floor = floor;
        this.workers = workers;
        this.ours = new float[workers.size()][vocabulary];
        this.theirs = new float[workers.size()][vocabulary];
    }

    int rows() {
        return rows;
    }

    /** {@code -log p} of the row's token, in nats. */
    double loss(int row) {
        return losses[row];
    }

    /** The same under the reference. */
    double referenceLoss(int row) {
        return referenceLosses[row];
    }

    /** {@code Σ p_ref (log p_ref - log p)}, in nats. */
    double divergence(int row) {
        return divergences[row];
    }

    /** Whether both hold the same token most probable (of equals, the lowest id). */
    boolean agrees(int row) {
        return agreements[row];
    }

    void score(Pass pass, Matrix model, @Nullable Matrix reference) {
        begin(pass);
        workers.run(rows, 1, (from, to, worker) -> {
            float[] q = ours[worker];
            float[] p = theirs[worker];
            for (int row = from; row < to; row++) {
                load(model, row, q);
                double normalizer = LogProbabilities.normalizer(q);
                losses[row] = normalizer - q[targets[row]];
                if (reference != null) {
                    load(reference, row, p);
                    compare(row, p, q, normalizer);
                }
            }
        });
    }

    private void begin(Pass pass) {
        rows = pass.rows();
        if (targets.length < rows) {
            targets = new int[rows];
            losses = new double[rows];
            referenceLosses = new double[rows];
            divergences = new double[rows];
            agreements = new boolean[rows];
        }
        int row = 0;
        for (Pass.Part part : pass.parts()) {
            for (int i = part.firstScored(); i < part.to(); i++) {
                targets[row++] = part.window().ids()[i + 1];
            }
        }
    }

    private void load(Matrix rowsOfLogits, int row, float[] into) {
        MemorySegment.copy(rowsOfLogits.data(), Matrix.F32, rowsOfLogits.rowOffset(row), into, 0, vocabulary);
    }

    /** @param normalizer of q: {@code log Σ exp(q)} */
    private void compare(int row, float[] p, float[] q, double normalizer) {
        // What has a floor is log-probabilities already, rounded: normalized again, they would be others.
        double referenceNormalizer = floor > Double.NEGATIVE_INFINITY ? 0 : LogProbabilities.normalizer(p);
        referenceLosses[row] = referenceNormalizer - p[targets[row]];
        double sum = 0;
        int best = 0;
        int referenceBest = 0;
        for (int i = 0; i < vocabulary; i++) {
            double logP = p[i] - referenceNormalizer;
            if (logP > floor) {
                sum += Math.exp(logP) * (logP - q[i] + normalizer);
            }
            best = q[i] > q[best] ? i : best;
            referenceBest = p[i] > p[referenceBest] ? i : referenceBest;
        }
        divergences[row] = sum;
        agreements[row] = best == referenceBest;
    }
}
