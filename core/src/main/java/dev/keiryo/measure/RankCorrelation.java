package dev.keiryo.measure;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Whether two lists order the same things alike: 1 where they do, -1 where one is the other reversed. NaN where one is constant. */
final class RankCorrelation {
    private RankCorrelation() {}

    /** Pearson's correlation of ranks; equals share the mean of theirs. */
    static double spearman(double[] a, double[] b) {
        double[] x = ranks(a);
        double[] y = ranks(b);
        double mean = (a.length + 1) / 2.0;
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < a.length; i++) {
            xy += (x[i] - mean) * (y[i] - mean);
            xx += (x[i] - mean) * (x[i] - mean);
            yy += (y[i] - mean) * (y[i] - mean);
        }
        return xy / Math.sqrt(xx * yy);
    }

    private static double[] ranks(double[] values) {
        Integer[] order = order(Comparator.comparingDouble(i -> values[i]), values.length);
        double[] ranks = new double[values.length];
        for (int from = 0, to; from < order.length; from = to) {
            for (to = from + 1; to < order.length && values[order[to]] == values[order[from]]; to++) {}
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + 1 + to) / 2.0;
            }
        }
        return ranks;
    }

    /**
     * Tau-b: {@code (concordant - discordant) / √((pairs - ties in a)(pairs - ties in b))}. Sorted by a, discordant pairs are the
     * exchanges that a merge sort by b makes. Knight 1966, JASA 61.
     */
    static double kendall(double[] a, double[] b) {
        int n = a.length;
        Integer[] order = order(Comparator.<Integer>comparingDouble(i -> a[i]).thenComparingDouble(i -> b[i]), n);
        long tiesA = 0;
        long tiesBoth = 0;
        long runA = 1;
        long runBoth = 1;
        for (int i = 1; i <= n; i++) {
            boolean sameA = i < n && a[order[i]] == a[order[i - 1]];
            boolean same = sameA && b[order[i]] == b[order[i - 1]];
            tiesA += sameA ? runA : 0;
            runA = sameA ? runA + 1 : 1;
            tiesBoth += same ? runBoth : 0;
            runBoth = same ? runBoth + 1 : 1;
        }
        double[] sorted = Arrays.stream(order).mapToDouble(i -> b[i]).toArray();
        long exchanges = exchanges(sorted, new double[n], 0, n);
        long tiesB = 0;
        long runB = 1;
        for (int i = 1; i < n; i++) {
            runB = sorted[i] == sorted[i - 1] ? runB + 1 : 1;
            tiesB += runB - 1;
        }
        long pairs = (long) n * (n - 1) / 2;
        double difference = pairs - tiesA - tiesB + tiesBoth - 2.0 * exchanges;
        return difference / Math.sqrt((double) (pairs - tiesA) * (pairs - tiesB));
    }

    private static Integer[] order(Comparator<Integer> comparator, int n) {
        return IntStream.range(0, n).boxed().sorted(comparator).toArray(Integer[]::new);
    }

    /** Sorts {@code x[from, to)} and counts the pairs that were the wrong way round. */
    private static long exchanges(double[] x, double[] scratch, int from, int to) {
        if (to - from < 2) {
            return 0;
        }
        int middle = (from + to) >>> 1;
        long count = exchanges(x, scratch, from, middle) + exchanges(x, scratch, middle, to);
        for (int i = from, j = middle, k = from; k < to; k++) {
            if (j >= to || (i < middle && x[i] <= x[j])) {
                scratch[k] = x[i++];
            } else {
                scratch[k] = x[j++];
                count += middle - i;
            }
        }
        System.arraycopy(scratch, from, x, from, to - from);
        return count;
    }
}
