package dev.keiryo.train.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the same equations in double precision, in plain loops. */
class NewtonSchulzTest {
    @ParameterizedTest
    @CsvSource({"200, 220", "220, 200", "100, 100", "1, 7", "7, 1", "97, 3"})
    void isTheIterationAsItIsWritten(int rows, int cols) {
        try (TestWeights weights = new TestWeights().add("a", 1);
                Workers workers = new Workers(2);
                Optimizer owner = weights.optimizer("lion", 0, workers)) {
            NewtonSchulz iteration = new NewtonSchulz((long) rows * cols, Math.min(rows, cols), workers, owner);
            Random random = new Random(1);
            double[][] x = new double[rows][cols];
            double squares = 0;
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < cols; j++) {
                    x[i][j] = (float) random.nextGaussian();
                    squares += x[i][j] * x[i][j];
                    iteration.input().setAtIndex(Matrix.F32, (long) i * cols + j, (float) x[i][j]);
                }
            }
            MemorySegment found = iteration.run(rows, cols, squares, 5);
            double[][] expected = rows > cols ? transposed(plain(transposed(x), squares)) : plain(x, squares);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < cols; j++) {
                    assertEquals(expected[i][j], found.getAtIndex(Matrix.F32, (long) i * cols + j), 1e-5);
                }
            }
            double[][] wide = rows > cols ? transposed(expected) : expected;
            for (double[] row : wide) {
                double norm = Math.sqrt(product(new double[][] {row}, transposed(new double[][] {row}))[0][0]);
                assertTrue(norm > 0.5 && norm < 1.3, "a row of an orthogonal matrix has norm 1, this has " + norm);
            }
        }
    }

    private static double[][] plain(double[][] x, double squares) {
        double[][] y = new double[x.length][x[0].length];
        add(y, 1 / (Math.sqrt(squares) + 1e-7), x);
        for (int t = 0; t < 5; t++) {
            double[][] gram = product(y, transposed(y));
            double[][] b = new double[y.length][y.length];
            add(b, -4.7750, gram);
            add(b, 2.0315, product(gram, gram));
            double[][] next = product(b, y);
            add(next, 3.4445, y);
            y = next;
        }
        return y;
    }

    private static void add(double[][] to, double factor, double[][] x) {
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x[i].length; j++) {
                to[i][j] += factor * x[i][j];
            }
        }
    }

    private static double[][] transposed(double[][] x) {
        double[][] y = new double[x[0].length][x.length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x[i].length; j++) {
                y[j][i] = x[i][j];
            }
        }
        return y;
    }

    private static double[][] product(double[][] a, double[][] b) {
        double[][] c = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int k = 0; k < b.length; k++) {
                for (int j = 0; j < b[k].length; j++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return c;
    }
}
