package dev.keiryo.prune;

/** How many of a matrix's weights become zero, and where they may lie. */
public sealed interface Sparsity {
    /**
     * A share of them, anywhere.
     *
     * @param zeros from 0, not 1
     */
    record Ratio(double zeros) implements Sparsity {
        public Ratio {
            if (!(zeros >= 0 && zeros < 1)) {
                throw new IllegalArgumentException("the share of zeros should be from 0 to below 1, but is " + zeros);
            }
        }

        @Override
        public String toString() {
            return Double.toString(zeros);
        }

        /** How many of {@code n}: the nearest whole number to {@code zeros·n}. */
        int of(int n) {
            return (int) Math.round(zeros * n);
        }
    }

    /**
     * Of {@code of} weights side by side in a row, {@code keep} at most are not zero: 2:4 keeps half.
     *
     * @param keep at least 1
     * @param of more than {@code keep}, 128 at most
     */
    record Pattern(int keep, int of) implements Sparsity {
        public Pattern {
            if (keep < 1 || keep >= of || of > SparseGpt.BLOCK) {
                throw new IllegalArgumentException("a pattern N:M keeps N of M weights, 1 to M-1, M at most "
                        + SparseGpt.BLOCK + ", such as 2:4; found " + keep + ":" + of);
            }
        }

        @Override
        public String toString() {
            return keep + ":" + of;
        }

        int zeros() {
            return of - keep;
        }
    }
}
