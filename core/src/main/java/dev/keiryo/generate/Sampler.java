package dev.keiryo.generate;

import dev.keiryo.tensor.Matrix;
import java.util.random.RandomGenerator;

/**
 * Draws the next token from logits as {@link Sampling} says. Holds its working arrays: one for each request, not
 * thread-safe.
 *
 * <p>Ties go to the lower id, so that greedy text is defined.
 */
public final class Sampler {
    private final Sampling sampling;
    private final RandomGenerator random;
    private int[] ids = {};
    private float[] logits = {};
    private double[] weights = {};

    public Sampler(Sampling sampling, RandomGenerator random) {
        this.sampling = sampling;
        this.random = random;
    }

    /** Draws from row {@code row} of {@code all [rows, vocab]}. */
    public int sample(Matrix all, int row) {
        if (sampling.temperature() == 0) {
            return greatest(all, row);
        }
        int count = survivors(all.toArray(row));
        double sum = 0;
        for (int i = 0; i < count; i++) {
            weights[i] = Math.exp((logits[i] - (double) logits[0]) / sampling.temperature());
            sum += weights[i];
        }
        double left = random.nextDouble() * sum;
        for (int i = 0; i < count; i++) {
            left -= weights[i];
            if (left < 0) {
                return ids[i];
            }
        }
        return ids[count - 1];
    }

    private static int greatest(Matrix all, int row) {
        int best = 0;
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < all.cols(); i++) {
            float logit = all.get(row, i);
            if (logit > max) {
                max = logit;
                best = i;
            }
        }
        return best;
    }

    /** Leaves the surviving tokens in {@link #ids}, most probable first, and returns how many they are. */
    int survivors(float[] all) {
        int count = keepGreatest(all);
        if (sampling.topP() < 1) {
            count = topP(count);
        }
        if (sampling.minP() > 0) {
            double least = logits[0] + Math.log(sampling.minP());
            int kept = 1;
            while (kept < count && logits[kept] >= least) {
                kept++;
            }
            count = kept;
        }
        return count;
    }

    int id(int survivor) {
        return ids[survivor];
    }

    private int topP(int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            weights[i] = Math.exp(logits[i] - (double) logits[0]);
            sum += weights[i];
        }
        double reached = 0;
        for (int i = 0; i < count; i++) {
            reached += weights[i];
            if (reached >= sampling.topP() * sum) {
                return i + 1;
            }
        }
        return count;
    }

    /** The top k (or all) in descending order, by a heap of the k greatest, least at its root. */
    private int keepGreatest(float[] all) {
        int k = sampling.topK() == 0 ? all.length : Math.min(sampling.topK(), all.length);
        if (ids.length < k) {
            ids = new int[k];
            logits = new float[k];
            weights = new double[k];
        }
        for (int i = 0; i < k; i++) {
            ids[i] = i;
            logits[i] = all[i];
        }
        for (int i = k / 2 - 1; i >= 0; i--) {
            sink(i, k);
        }
        for (int i = k; i < all.length; i++) {
            if (all[i] > logits[0]) {
                ids[0] = i;
                logits[0] = all[i];
                sink(0, k);
            }
        }
        for (int end = k - 1; end > 0; end--) {
            swap(0, end);
            sink(0, end);
        }
        return k;
    }

    private void sink(int at, int size) {
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && ranksLower(child + 1, child)) {
                child++;
            }
            if (!ranksLower(child, at)) {
                return;
            }
            swap(child, at);
            at = child;
        }
    }

    private boolean ranksLower(int a, int b) {
        return logits[a] != logits[b] ? logits[a] < logits[b] : ids[a] > ids[b];
    }

    private void swap(int a, int b) {
        int id = ids[a];
        float logit = logits[a];
        ids[a] = ids[b];
        logits[a] = logits[b];
        ids[b] = id;
        logits[b] = logit;
    }
}
