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
    /** Up to so many ranks are selected by a heap; more are sorted. */
    private static final int HEAP = 1024;

    private int vocabulary;
    private int count;
    private int[] ids = {};
    private float[] logits = {};
    private double[] probabilities = {};
    private double sum;
    private float max;
    private long[] ranks = {};
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
            reserveRanks();
            for (int i = 0; i < Math.min(k, count); i++) {
                ranks[i] = i;
            }
        } else {
            rank(logits, k);
        }
    }

    /** As {@link #rank}, by {@link #scores}. */
    void rankScores(int k) {
        rank(scores, k);
    }

    /** The index of the candidate of rank {@code r}, 0 for the first. */
    int ranked(int r) {
        return (int) ranks[r];
    }

    /** Keeps the first {@code n} of the ranked candidates, in the order of their ranks. */
    void keepRanked(int n) {
        boolean ascending = byId;
        for (int r = 0; r < n; r++) {
            int i = (int) ranks[r];
            ranks[r] = (long) ids[i] << 32 | (Float.floatToRawIntBits(logits[i]) & 0xFFFFFFFFL);
        }
        boolean descending = true;
        for (int r = 0; r < n; r++) {
            ids[r] = (int) (ranks[r] >>> 32);
            logits[r] = Float.intBitsToFloat((int) ranks[r]);
            ascending &= r == 0 || ids[r] > ids[r - 1];
            descending &= r == 0 || logits[r] <= logits[r - 1];
        }
        cut(n);
        byId = ascending;
        sorted = descending;
    }

    /** Removes the first {@code n} of the ranked candidates. */
    void dropRanked(int n) {
        for (int r = 0; r < n; r++) {
            logits[(int) ranks[r]] = Float.NEGATIVE_INFINITY;
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

    private void reserveRanks() {
        if (ranks.length < count) {
            ranks = new long[ids.length];
        }
    }

    /** The ranks as keys that ascend: the value's complement above, the index below. */
    private void rank(float[] values, int k) {
        reserveRanks();
        if (k > HEAP) {
            for (int i = 0; i < count; i++) {
                ranks[i] = key(values[i], i);
            }
            Arrays.sort(ranks, 0, count);
            return;
        }
        int size = Math.min(k, count);
        for (int i = 0; i < size; i++) {
            ranks[i] = key(values[i], i);
        }
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(i, size);
        }
        if (size > 0) {
            float worst = values[(int) ranks[0]];
            for (int i = size; i < count; i++) {
                if (values[i] > worst) {
                    ranks[0] = key(values[i], i);
                    sink(0, size);
                    worst = values[(int) ranks[0]];
                }
            }
        }
        Arrays.sort(ranks, 0, size);
    }

    private static long key(float value, int index) {
        int bits = Float.floatToRawIntBits(value + 0f); // -0 and 0 are equal
        return (long) ~(bits ^ (bits >> 31 & Integer.MAX_VALUE)) << 32 | index;
    }

    /** Restores the heap, whose root is the last in rank. */
    private void sink(int start, int size) {
        int at = start;
        long key = ranks[at];
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && ranks[child + 1] > ranks[child]) {
                child++;
            }
            if (ranks[child] <= key) {
                break;
            }
            ranks[at] = ranks[child];
            at = child;
        }
        ranks[at] = key;
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
