package dev.keiryo.prune;

/** Finds and clears the weights with the lowest scores. One for each thread. */
final class Lowest {
    private float[] copy = {};

    /**
     * Sets those {@code k} of the weights {@code w[at … at+n)} to zero that have the lowest {@code scores}, at the same places; among
     * equals the first.
     *
     * @param scores no NaN
     */
    void clear(float[] w, float[] scores, int at, int n, int k) {
        if (k == 0) {
            return;
        }
        float limit = kth(scores, at, n, k);
        int equals = k;
        for (int i = at; i < at + n; i++) {
            equals -= scores[i] < limit ? 1 : 0;
        }
        for (int i = at; i < at + n; i++) {
            if (scores[i] < limit || (scores[i] == limit && equals-- > 0)) {
                w[i] = 0;
            }
        }
    }

    /** The k-th lowest of {@code scores[at … at+n)}, k from 1. Hoare 1961, "Algorithm 65: find". */
    float kth(float[] scores, int at, int n, int k) {
        if (copy.length < n) {
            copy = new float[n];
        }
        System.arraycopy(scores, at, copy, 0, n);
        int low = 0;
        int high = n - 1;
        while (low < high) {
            float pivot = median(copy[low], copy[(low + high) >>> 1], copy[high]);
            int i = low;
            int j = high;
            while (i <= j) {
                while (copy[i] < pivot) {
                    i++;
                }
                while (copy[j] > pivot) {
                    j--;
                }
                if (i <= j) {
                    float swapped = copy[i];
                    copy[i++] = copy[j];
                    copy[j--] = swapped;
                }
            }
            if (k - 1 <= j) {
                high = j;
            } else if (k - 1 >= i) {
                low = i;
            } else {
                break;
            }
        }
        return copy[k - 1];
    }

    private static float median(float a, float b, float c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
