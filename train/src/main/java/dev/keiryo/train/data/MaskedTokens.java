package dev.keiryo.train.data;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/**
 * Corruption for masked language modelling: a share of the tokens is to be told, of these 80 % are replaced by the mask, 10 % by any token, and 10 % stay.
 *
 * <p>Source: Devlin et al., BERT (2018, arXiv:1810.04805), appendix A.1.
 *
 * @param mask the mask's id
 * @param vocabulary number of ids
 * @param share of a batch's ordinary tokens that are to be told
 * @param special which ids are never chosen, nor put in place of others
 */
public record MaskedTokens(int mask, int vocabulary, double share, IntPredicate special) {
    private static final double MASKED = 0.8;
    private static final double RANDOM = 0.1;
    private static final int ATTEMPTS = 1000;

    public MaskedTokens {
        if (mask < 0 || mask >= vocabulary) {
            throw new IllegalArgumentException("the mask " + mask + " is not in [0, " + vocabulary + ")");
        }
        if (!(share > 0 && share < 1)) {
            throw new IllegalArgumentException("the share to be masked lies between 0 and 1, but is " + share);
        }
    }

    /**
     * {@code batch} with tokens replaced; targets are the tokens themselves, weights are 1 where they are to be told and 0 elsewhere. At least one is, if any may be. What is chosen follows from
     * seed and step alone.
     */
    public TokenBatch corrupt(TokenBatch batch, long seed, long step) {
        SplittableRandom random = new SplittableRandom(Mix.mix(seed, step, mask));
        int[] original = batch.ids();
        int[] rows = new int[original.length];
        int n = 0;
        for (int i = 0; i < original.length; i++) {
            if (original[i] != mask && !special.test(original[i])) {
                rows[n++] = i;
            }
        }
        int chosen = n == 0 ? 0 : Math.max(1, (int) Math.round(share * n));
        int[] ids = original.clone();
        float[] weights = new float[ids.length];
        for (int i = 0; i < chosen; i++) {
            int other = random.nextInt(i, n);
            int row = rows[other];
            rows[other] = rows[i];
            rows[i] = row;
            weights[row] = 1;
            double what = random.nextDouble();
            if (what < MASKED) {
                ids[row] = mask;
            } else if (what < MASKED + RANDOM) {
                ids[row] = ordinary(random, original[row]);
            }
        }
        return new TokenBatch(ids, batch.starts().clone(), Arrays.copyOf(original, original.length), weights);
    }

    private int ordinary(SplittableRandom random, int otherwise) {
        for (int i = 0; i < ATTEMPTS; i++) {
            int id = random.nextInt(vocabulary);
            if (id != mask && !special.test(id)) {
                return id;
            }
        }
        return otherwise;
    }
}
