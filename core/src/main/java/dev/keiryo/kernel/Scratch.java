package dev.keiryo.kernel;

import dev.keiryo.cache.KvCache;

/** One thread's working memory, kept from call to call so that kernels allocate nothing. */
public final class Scratch {
    private final float[] scores = new float[KvCache.PAGE];
    private final float[] sums = new float[8 * 16];
    private float[] rows = {};

    public Scratch() {}

    /** One for each of {@code threads}. */
    public static Scratch[] forThreads(int threads) {
        Scratch[] all = new Scratch[threads];
        for (int i = 0; i < threads; i++) {
            all[i] = new Scratch();
        }
        return all;
    }

    /** Attention scores of a page. */
    float[] scores() {
        return scores;
    }

    /** Lanes to be added: eight vectors of up to sixteen floats. */
    float[] sums() {
        return sums;
    }

    /** At least {@code n} floats of unknown content, for decoded weight rows. */
    float[] rows(int n) {
        if (rows.length < n) {
            rows = new float[n];
        }
        return rows;
    }
}
