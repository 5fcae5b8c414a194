package dev.keiryo.generate;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The tokens that may come next, each an id with its logit; what the links of a {@link SamplerChain} work on. Reused
 * from token to token: nothing is allocated once the arrays have a vocabulary's size. Not thread-safe.
 *
 * <p>A token whose logit is -∞ (or not a number) is no candidate. Of equal logits the lower id ranks first.
 */
public final class Candidates {
    private int vocabulary;
    private int count;
    private int[] ids = {};
    private float[] logits = {};
    private double[] probabilities = {};
    private double sum;
    private float max;
    private final Ranking ranking = new Ranking();
    private float[] scores = {};
    private int[] tallies = {};
    private float[] row = {};
    /** Ids ascend: no link has put the candidates in another order. */
    private boolean byId;
    /** Logits descend. */
    private boolean sorted;
    /** {@link #probabilities}, {@link #sum} and {@link #max} belong to the present logits. */
    private boolean normalized;

    public Candidates() {}

    /** How a tallied candidate's logit changes. */
    @FunctionalInterface
    interface Change {
        float apply(float logit, int tally);
    }

    /** Takes row {@code at} of {@code all [rows, vocab]}. */
    public void load(Matrix all, int at) {
        if (row.length != all.cols()) {
            row = new float[all.cols()];
        }
        MemorySegment.copy(all.data(), Matrix.F32, all.rowOffset(at), row, 0, row.length);
        load(row);
    }

    /** As {@link #load(Matrix, int)}, of the tokens whose bits are set in {@code mask}, see {@link #load(float[], long[])}. */
    void load(Matrix all, int at, long[] mask) {
        if (row.length != all.cols()) {
            row = new float[all.cols()];
        }
        MemorySegment.copy(all.data(), Matrix.F32, all.rowOffset(at), row, 0, row.length);
        load(row, mask);
    }

    /** Takes those of {@code all [vocab]} whose bits are set: of token t, bit {@code t % 64} of word {@code t / 64}. */
    void load(float[] all, long[] mask) {
        reserve(all.length);
        int n = 0;
        int words = Math.min(mask.length, (all.length + 63) / 64);
        for (int w = 0; w < words; w++) {
            for (long bits = mask[w]; bits != 0; bits &= bits - 1) {
                int id = 64 * w + Long.numberOfTrailingZeros(bits);
                if (id < all.length && all[id] > Float.NEGATIVE_INFINITY) {
                    ids[n] = id;
                    logits[n++] = all[id];
                }
            }
        }
        count = n;
        byId = true;
        changed();
    }

    private void reserve(int size) {
        vocabulary = size;
        if (ids.length < vocabulary) {
            ids = new int[vocabulary];
            logits = new float[vocabulary];
        }
    }

    /** Takes {@code all [vocab]}, which is copied. */
    public void load(float[] all) {
        reserve(all.length);
        int n = 0;
        for (int id = 0; id < all.length; id++) {
            float logit = all[id];
            ids[n] = id;
            logits[n] = logit;
            n += logit > Float.NEGATIVE_INFINITY ? 1 : 0;
        }
        count = n;
        byId = true;
        changed();
    }

    /** Size of the vocabulary that the logits came from. */
    public int vocabulary() {
        return vocabulary;
    }

    public int count() {
        return count;
    }

    public int id(int i) {
        return ids[i];
    }

    public float logit(int i) {
        return logits[i];
    }

    /** The probability of candidate {@code i}: {@code exp(l_i) / Σ_j exp(l_j)} over the candidates. */
    public double probability(int i) {
        normalize();
        return probabilities[i] / sum;
    }

    /** {@code log Σ_j exp(l_j)}: a probability p belongs to the logit {@code log p + logNormalizer()}. */
    double logNormalizer() {
        normalize();
        return max + Math.log(sum);
    }

    /** {@code H = -Σ p_i log p_i}, in nats. */
    double entropy() {
        double normalizer = logNormalizer();
        double entropy = 0;
        for (int i = 0; i < count; i++) {
            entropy += probabilities[i] * (normalizer - logits[i]);
        }
        return entropy / sum;
    }

    /** The greatest logit; -∞ where there is no candidate. */
    float max() {
        if (normalized) {
            return max;
        }
        float greatest = Float.NEGATIVE_INFINITY;
        int n = sorted ? Math.min(1, count) : count;
        for (int i = 0; i < n; i++) {
            greatest = Math.max(greatest, logits[i]);
        }
        return greatest;
    }

    private void normalize() {
        if (normalized) {
            return;
        }
        if (probabilities.length < count) {
            probabilities = new double[ids.length];
        }
        max = max();
        sum = 0;
        for (int i = 0; i < count; i++) {
            probabilities[i] = Math.exp(logits[i] - (double) max);
            sum += probabilities[i];
        }
        normalized = true;
    }

    /** Where token {@code id} is, or -1. */
    int indexOf(int id) {
        if (byId) {
            int at = id >= 0 && id < count && ids[id] == id ? id : Arrays.binarySearch(ids, 0, count, id);
            return Math.max(at, -1);
        }
        for (int i = 0; i < count; i++) {
            if (ids[i] == id) {
                return i;
            }
        }
        return -1;
    }

    /** Multiplies all logits by {@code factor > 0}. */
    void scale(double factor) {
        for (int i = 0; i < count; i++) {
            logits[i] = (float) (logits[i] * factor);
        }
        normalized = false;
    }

    /** Adds {@code amount} to the logit of {@code id}, where it is a candidate. */
    void add(int id, double amount) {
        int i = indexOf(id);
        if (i >= 0) {
            logits[i] = (float) (logits[i] + amount);
            changed();
        }
    }

    /** Removes the candidates whose logits have become -∞. */
    void dropImpossible() {
        keep(Math.nextUp(Double.NEGATIVE_INFINITY));
    }

    /** Removes those of {@code banned} that are candidates. */
    void ban(int[] banned) {
        for (int id : banned) {
            int i = indexOf(id);
            if (i >= 0) {
                logits[i] = Float.NEGATIVE_INFINITY;
            }
        }
        dropImpossible();
    }

    /** Leaves {@code id} as the only candidate, whether or not it was one. */
    void only(int id) {
        if (id >= vocabulary) {
            throw new IllegalArgumentException("token " + id + " is not in the vocabulary, 0 to " + (vocabulary - 1));
        }
        ids[0] = id;
        logits[0] = 0;
        cut(1);
    }

    /** Keeps the candidates with a logit of {@code least} or more, and the {@code minKeep} greatest, one at least, in any case. */
    void keepAtLeast(double least, int minKeep) {
        int passing = 0;
        for (int i = 0; i < count; i++) {
            passing += logits[i] >= least ? 1 : 0;
        }
        int fewest = Math.min(Math.max(minKeep, 1), count);
        if (passing < fewest) {
            rank(fewest);
            keepRanked(fewest);
        } else if (passing < count) {
            keep(least);
        }
    }

    private void keep(double least) {
        int n = 0;
        for (int i = 0; i < count; i++) {
            if (logits[i] >= least) {
                ids[n] = ids[i];
                logits[n] = logits[i];
                n++;
            }
        }
        if (n < count) {
            cut(n);
        }
    }

    private void cut(int n) {
        count = n;
        normalized = false;
    }

    private void changed() {
        sorted = false;
        normalized = false;
    }

    /** Working space for a score of each candidate, as {@link #rankScores} reads it. */
    float[] scores() {
        if (scores.length < count) {
            scores = new float[ids.length];
        }
        return scores;
    }

    /** Finds the {@code k} greatest logits, for {@link #ranked} and {@link #keepRanked}; changes no candidate. */
    void rank(int k) {
        if (sorted) {
            ranking.asTheyAre(ids.length, Math.min(k, count));
        } else {
            ranking.greatest(logits, count, k);
        }
    }

    /** As {@link #rank}, by {@link #scores}. */
    void rankScores(int k) {
        ranking.greatest(scores, count, k);
    }

    /** The index of the candidate of rank {@code r}, 0 for the first. */
    int ranked(int r) {
        return ranking.index(r);
    }

    /** Keeps the first {@code n} of the ranked candidates, in the order of their ranks. */
    void keepRanked(int n) {
        ranking.gather(ids, logits, n);
        boolean ascending = byId;
        boolean descending = true;
        for (int r = 1; r < n; r++) {
            ascending &= ids[r] > ids[r - 1];
            descending &= logits[r] <= logits[r - 1];
        }
        cut(n);
        byId = ascending;
        sorted = descending;
    }

    /** Removes the first {@code n} of the ranked candidates. */
    void dropRanked(int n) {
        for (int r = 0; r < n; r++) {
            logits[ranking.index(r)] = Float.NEGATIVE_INFINITY;
        }
        dropImpossible();
    }

    /** Puts all candidates in the order of descending logits. */
    void sort() {
        if (!sorted) {
            rank(count);
            keepRanked(count);
        }
    }

    /** A number for each token of the vocabulary; all are 0 between links. */
    int[] tallies() {
        if (tallies.length < vocabulary) {
            tallies = new int[vocabulary];
        }
        return tallies;
    }

    /**
     * Changes the logit of each candidate with a tally, and clears the tallies; only tokens among the last {@code window}
     * of {@code history} have any.
     */
    void applyTallies(History history, int window, Change change) {
        if (!byId) {
            for (int i = 0; i < count; i++) {
                if (tallies[ids[i]] != 0) {
                    logits[i] = change.apply(logits[i], tallies[ids[i]]);
                }
            }
        }
        for (int back = 0; back < window; back++) {
            int id = history.last(back);
            if (id < vocabulary && tallies[id] != 0) {
                int i = byId ? indexOf(id) : -1;
                if (i >= 0) {
                    logits[i] = change.apply(logits[i], tallies[id]);
                }
                tallies[id] = 0;
            }
        }
        changed();
    }
}
