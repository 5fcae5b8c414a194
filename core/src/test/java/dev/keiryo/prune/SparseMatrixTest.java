package dev.keiryo.prune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.kernel.Workers;
import dev.keiryo.prune.Sparsity.Pattern;
import dev.keiryo.prune.Sparsity.Ratio;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each method on one matrix, against its definition computed plainly. */
class SparseMatrixTest {
    private static final Workers WORKERS = new Workers(3);
    private static final Ratio HALF = new Ratio(0.5);
    private static final Pattern TWO_OF_FOUR = new Pattern(2, 4);

    @AfterAll
    static void close() {
        WORKERS.close();
    }

    private static float[] normal(SplittableRandom random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    /** Inputs that depend on each other, some much larger. */
    private static double[][] inputs(SplittableRandom random, int tokens, int cols) {
        double[][] x = new double[tokens][cols];
        double[][] mix = new double[cols][cols];
        for (double[] row : mix) {
            for (int j = 0; j < cols; j++) {
                row[j] = random.nextGaussian() / Math.sqrt(cols);
            }
        }
        double[] scales = random.doubles(cols).map(u -> Math.exp(2 * u)).toArray();
        for (double[] row : x) {
            double[] free = new double[cols];
            for (int j = 0; j < cols; j++) {
                free[j] = random.nextGaussian();
            }
            for (int j = 0; j < cols; j++) {
                for (int k = 0; k < cols; k++) {
                    row[j] += mix[j][k] * free[k];
                }
                row[j] = (row[j] + 0.5 * free[j]) * scales[j];
            }
        }
        return x;
    }

    private static double[] gram(double[][] x, int cols) {
        double[] g = new double[cols * cols];
        for (double[] row : x) {
            for (int i = 0; i < cols; i++) {
                for (int j = 0; j < cols; j++) {
                    g[i * cols + j] += row[i] * row[j];
                }
            }
        }
        return g;
    }

    /** {@code ‖X·(W - V)ᵀ‖²}. */
    private static double outputError(float[] w, float[] v, double[][] x, int rows, int cols) {
        double sum = 0;
        for (double[] in : x) {
            for (int r = 0; r < rows; r++) {
                double y = 0;
                for (int j = 0; j < cols; j++) {
                    y += in[j] * (w[r * cols + j] - v[r * cols + j]);
                }
                sum += y * y;
            }
        }
        return sum;
    }

    private static int zeros(float[] w, int from, int to) {
        return (int) IntStream.range(from, to).filter(i -> w[i] == 0).count();
    }

    @Test
    void theLowestAreThoseOfASort() {
        SplittableRandom random = new SplittableRandom(1);
        Lowest lowest = new Lowest();
        for (int round = 0; round < 300; round++) {
            int n = random.nextInt(1, 60);
            int at = random.nextInt(4);
            float[] scores = new float[at + n + 2];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = random.nextInt(1 + random.nextInt(40));
            }
            int k = random.nextInt(n + 1);
            float[] w = new float[scores.length];
            Arrays.fill(w, 1);
            lowest.clear(w, scores, at, n, k);

            int[] order = IntStream.range(at, at + n)
                    .boxed()
                    .sorted((a, b) -> scores[a] != scores[b] ? Float.compare(scores[a], scores[b]) : a - b)
                    .mapToInt(i -> i)
                    .toArray();
            float[] expected = new float[w.length];
            Arrays.fill(expected, 1);
            for (int i = 0; i < k; i++) {
                expected[order[i]] = 0;
            }
            assertArrayEquals(expected, w);
        }
    }

    @Test
    void magnitudeTakesTheSmallestOfTheMatrix() {
        float[] w = normal(new SplittableRandom(2), 12 * 20);
        float[] sparse = w.clone();
        Scoring.magnitude(sparse, 12, 20, new Ratio(0.3), WORKERS);
        assertEquals(72, zeros(sparse, 0, 240));
        double greatest = IntStream.range(0, 240)
                .filter(i -> sparse[i] == 0)
                .mapToDouble(i -> Math.abs(w[i]))
                .max()
                .orElseThrow();
        for (int i = 0; i < 240; i++) {
            assertTrue(sparse[i] == 0 || (sparse[i] == w[i] && Math.abs(w[i]) >= greatest));
        }
    }

    @Test
    void wandaComparesWithinARow() {
        int cols = 24;
        SplittableRandom random = new SplittableRandom(3);
        float[] w = normal(random, 10 * cols);
        double[] squares = random.doubles(cols, 0.01, 100).toArray();
        float[] sparse = w.clone();
        Scoring.wanda(sparse, 10, cols, HALF, squares, WORKERS);
        for (int r = 0; r < 10; r++) {
            assertEquals(12, zeros(sparse, r * cols, (r + 1) * cols));
            double limit = 0;
            for (int j = 0; j < cols; j++) {
                double score = Math.abs(w[r * cols + j]) * Math.sqrt(squares[j]);
                limit = sparse[r * cols + j] == 0 ? Math.max(limit, score) : limit;
            }
            for (int j = 0; j < cols; j++) {
                double score = Math.abs(w[r * cols + j]) * Math.sqrt(squares[j]);
                assertTrue(sparse[r * cols + j] == 0 || score >= limit * 0.999999);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2:4", "4:8", "1:4", "3:7"})
    void patternsKeepTheLargestOfEachGroup(String text) {
        Pattern pattern = new Pattern(text.charAt(0) - '0', text.charAt(2) - '0');
        int rows = 6;
        int cols = 40 * pattern.of();
        SplittableRandom random = new SplittableRandom(4);
        float[] w = normal(random, rows * cols);
        double[][] x = inputs(random, 300, cols);
        float[] magnitude = w.clone();
        Scoring.magnitude(magnitude, rows, cols, pattern, WORKERS);
        float[] wanda = w.clone();
        double[] ones = new double[cols];
        Arrays.fill(ones, 2);
        Scoring.wanda(wanda, rows, cols, pattern, ones, WORKERS);
        assertArrayEquals(magnitude, wanda);
        float[] gpt = w.clone();
        SparseGpt.prune(gpt, rows, cols, pattern, gram(x, cols), WORKERS);
        for (int i = 0; i < w.length; i += pattern.of()) {
            assertEquals(pattern.zeros(), zeros(magnitude, i, i + pattern.of()));
            assertEquals(pattern.zeros(), zeros(gpt, i, i + pattern.of()));
        }
    }

    /** The inverse of what is left of H from column {@code from} on, by Gauss and Jordan. */
    private static double[][] inverse(double[] h, int n, int from) {
        int m = n - from;
        double[][] a = new double[m][2 * m];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < m; j++) {
                a[i][j] = h[(from + i) * n + from + j];
            }
            a[i][m + i] = 1;
        }
        for (int p = 0; p < m; p++) {
            double pivot = a[p][p];
            for (int j = 0; j < 2 * m; j++) {
                a[p][j] /= pivot;
            }
            for (int i = 0; i < m; i++) {
                double factor = a[i][p];
                for (int j = 0; i != p && j < 2 * m; j++) {
                    a[i][j] -= factor * a[p][j];
                }
            }
        }
        double[][] inverse = new double[m][];
        for (int i = 0; i < m; i++) {
            inverse[i] = Arrays.copyOfRange(a[i], m, 2 * m);
        }
        return inverse;
    }

    /** The paper's algorithm with each inverse of the columns that are left computed anew, in double precision. */
    private static double[] plainSparseGpt(float[] weights, int rows, int cols, Ratio ratio, double[] gram) {
        double[] h = gram.clone();
        double mean = 0;
        for (int j = 0; j < cols; j++) {
            mean += h[j * cols + j] / cols;
        }
        for (int j = 0; j < cols; j++) {
            h[j * cols + j] += 0.01 * mean;
        }
        double[] w =
                IntStream.range(0, rows * cols).mapToDouble(i -> weights[i]).toArray();
        double[][][] inverses =
                IntStream.range(0, cols).mapToObj(j -> inverse(h, cols, j)).toArray(double[][][]::new);
        for (int from = 0; from < cols; from += 128) {
            int to = Math.min(cols, from + 128);
            int begin = from;
            int width = to - from;
            double[] scores = new double[rows * width];
            for (int i = 0; i < scores.length; i++) {
                int j = begin + i % width;
                double weight = w[i / width * cols + j];
                scores[i] = weight * weight / inverses[j][0][0];
            }
            double[] sorted = Arrays.stream(scores).sorted().toArray();
            double limit = sorted[(int) (ratio.zeros() * scores.length) - 1];
            for (int r = 0; r < rows; r++) {
                for (int j = from; j < to; j++) {
                    if (scores[r * width + j - begin] <= limit) {
                        double weight = w[r * cols + j];
                        for (int k = j; k < cols; k++) {
                            w[r * cols + k] -= weight * inverses[j][0][k - j] / inverses[j][0][0];
                        }
                        w[r * cols + j] = 0;
                    }
                }
            }
        }
        return w;
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 128, 150})
    void sparseGptIsTheOptimalBrainSurgeonColumnByColumn(int cols) {
        int rows = 9;
        SplittableRandom random = new SplittableRandom(5);
        float[] w = normal(random, rows * cols);
        double[] gram = gram(inputs(random, 400, cols), cols);
        double[] expected = plainSparseGpt(w, rows, cols, HALF, gram);
        float[] found = w.clone();
        SparseGpt.prune(found, rows, cols, HALF, gram.clone(), WORKERS);
        for (int i = 0; i < found.length; i++) {
            assertEquals(expected[i], found[i], 2e-4, "weight " + i);
            assertEquals(expected[i] == 0, found[i] == 0);
        }
        float[] alone = w.clone();
        try (Workers one = new Workers(1)) {
            SparseGpt.prune(alone, rows, cols, HALF, gram.clone(), one);
        }
        assertArrayEquals(alone, found);
    }

    /** The orders that the papers report, here of the error of the layer's output. */
    @Test
    void whoKnowsMoreLosesLess() {
        int rows = 64;
        int cols = 192;
        SplittableRandom random = new SplittableRandom(6);
        float[] w = normal(random, rows * cols);
        double[][] x = inputs(random, 600, cols);
        double[] gram = gram(x, cols);
        double[] squares =
                IntStream.range(0, cols).mapToDouble(j -> gram[j * cols + j]).toArray();
        for (Sparsity sparsity : new Sparsity[] {new Ratio(0.3), HALF, new Ratio(0.7), TWO_OF_FOUR}) {
            float[] magnitude = w.clone();
            Scoring.magnitude(magnitude, rows, cols, sparsity, WORKERS);
            float[] wanda = w.clone();
            Scoring.wanda(wanda, rows, cols, sparsity, squares, WORKERS);
            float[] gpt = w.clone();
            SparseGpt.prune(gpt, rows, cols, sparsity, gram.clone(), WORKERS);
            double byMagnitude = outputError(w, magnitude, x, rows, cols);
            double byWanda = outputError(w, wanda, x, rows, cols);
            double byGpt = outputError(w, gpt, x, rows, cols);
            assertTrue(byWanda < byMagnitude, sparsity + ": " + byWanda + " against " + byMagnitude);
            assertTrue(byGpt < 0.8 * byWanda, sparsity + ": " + byGpt + " against " + byWanda);
        }
    }

    @Test
    void inputsThatAreAlwaysZeroNeedNoWeights() {
        int cols = 20;
        SplittableRandom random = new SplittableRandom(7);
        float[] w = normal(random, 4 * cols);
        double[][] x = inputs(random, 100, cols);
        for (double[] row : x) {
            row[3] = 0;
        }
        SparseGpt.prune(w, 4, cols, new Ratio(0.2), gram(x, cols), WORKERS);
        for (int r = 0; r < 4; r++) {
            assertEquals(0, w[r * cols + 3]);
        }
        for (float v : w) {
            assertTrue(Float.isFinite(v));
        }
    }

    @Test
    void refusesWhatIsNoSparsity() {
        assertThrows(IllegalArgumentException.class, () -> new Ratio(1));
        assertThrows(IllegalArgumentException.class, () -> new Ratio(-0.1));
        assertThrows(IllegalArgumentException.class, () -> new Ratio(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> new Pattern(4, 4));
        assertThrows(IllegalArgumentException.class, () -> new Pattern(0, 4));
        assertThrows(IllegalArgumentException.class, () -> new Pattern(2, 256));
    }
}
