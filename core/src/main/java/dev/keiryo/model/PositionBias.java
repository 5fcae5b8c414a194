package dev.keiryo.model;

import dev.keiryo.tensor.Matrix;

/** A number added to an attention score that depends on the head and the distance only. */
public sealed interface PositionBias {
    /** The bias for {@code head} when the query is at position {@code query} and the key at {@code key}. */
    float at(int head, int query, int key);

    /**
     * Attention with linear biases: {@code -slope(head)·(query - key)}. Press et al. 2022, arXiv:2108.12409.
     *
     * <p>With n heads, n a power of two: {@code slope(h) = 2^(-maxBias·(h+1)/n)}. Else the slopes of the next lower
     * power of two come first, then every second slope of the next higher one.
     */
    final class Alibi implements PositionBias {
        private final float[] slopes;

        public Alibi(int heads, float maxBias) {
            slopes = new float[heads];
            int base = Integer.highestOneBit(heads);
            for (int h = 0; h < heads; h++) {
                double exponent = h < base ? (h + 1.0) / base : (2.0 * (h - base) + 1) / (2.0 * base);
                slopes[h] = (float) Math.pow(2, -maxBias * exponent);
            }
        }

        @Override
        public float at(int head, int query, int key) {
            return slopes[head] * (key - query);
        }
    }

    /**
     * T5's learned bias by distance bucket. Raffel et al. 2020, arXiv:1910.10683. Half the buckets (of a direction) hold
     * exact distances, the rest grow logarithmically up to {@code maxDistance}.
     */
    final class RelativeBuckets implements PositionBias {
        private final Matrix table;
        private final boolean bidirectional;
        private final int maxDistance;

        /** @param table {@code [buckets, heads]} */
        public RelativeBuckets(Matrix table, boolean bidirectional, int maxDistance) {
            this.table = table;
            this.bidirectional = bidirectional;
            this.maxDistance = maxDistance;
        }

        @Override
        public float at(int head, int query, int key) {
            return table.get(bucket(query, key), head);
        }

        /** {@code [buckets, heads]}. */
        public Matrix table() {
            return table;
        }

        /** The row of {@link #table} that a query at {@code query} and a key at {@code key} have. */
        public int bucket(int query, int key) {
            int distance = key - query;
            int buckets = table.rows();
            int base = 0;
            int n = -distance;
            if (bidirectional) {
                buckets /= 2;
                if (n < 0) {
                    base = buckets;
                    n = -n;
                }
            } else {
                n = Math.max(n, 0);
            }
            int exact = buckets / 2;
            if (n < exact) {
                return base + n;
            }
            int logarithmic = exact
                    + (int) (Math.log((double) n / exact) / Math.log((double) maxDistance / exact) * (buckets - exact));
            return base + Math.min(logarithmic, buckets - 1);
        }
    }
}
