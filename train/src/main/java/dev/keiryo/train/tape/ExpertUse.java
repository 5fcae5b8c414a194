package dev.keiryo.train.tape;

/**
 * How one layer's experts were used by a batch.
 *
 * @param tokens that each expert got
 * @param unserved choices that no expert had room for
 * @param loss the layer's balancing and z-loss together
 */
public record ExpertUse(int[] tokens, int unserved, double loss) {
    /** The largest share of tokens times the number of experts: 1 where all have as many. */
    public double imbalance() {
        long sum = 0;
        int most = 0;
        for (int n : tokens) {
            sum += n;
            most = Math.max(most, n);
        }
        return sum == 0 ? 1 : (double) most * tokens.length / sum;
    }
}
