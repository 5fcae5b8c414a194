package dev.keiryo.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Figures against their definitions, computed plainly from the same random logits. */
class EvaluationTest {
    private static final int VOCABULARY = 37;
    private static final int COUNT = 240;

    /** Rows of random logits, whatever is fed. */
    private static final class RandomPredictions implements Predictions {
        private final float[][] rows;
        private final Arena arena = Arena.ofShared();
        private int at;

        RandomPredictions(float[][] rows) {
            this.rows = rows;
        }

        @Override
        public int vocabulary() {
            return rows[0].length;
        }

        @Override
        public Matrix next(Pass pass) {
            Matrix m = Matrix.zeros(arena, pass.rows(), vocabulary());
            for (int r = 0; r < pass.rows(); r++, at++) {
                for (int i = 0; i < vocabulary(); i++) {
                    m.put(r, i, rows[at][i]);
                }
            }
            return m;
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private static float[][] logits(long seed, float[][] near, double noise) {
        SplittableRandom random = new SplittableRandom(seed);
        float[][] rows = new float[COUNT][VOCABULARY];
        for (int r = 0; r < COUNT; r++) {
            for (int i = 0; i < VOCABULARY; i++) {
                rows[r][i] = (float) ((near.length == 0 ? 0 : near[r][i]) + noise * random.nextGaussian());
            }
        }
        return rows;
    }

    private static double[] softmax(float[] x) {
        double[] p = new double[x.length];
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            p[i] = Math.exp(x[i]);
            sum += p[i];
        }
        for (int i = 0; i < x.length; i++) {
            p[i] /= sum;
        }
        return p;
    }

    private static int argmax(double[] p) {
        return IntStream.range(0, p.length).reduce(0, (a, b) -> p[b] > p[a] ? b : a);
    }

    @Test
    void everyFigureIsWhatItsDefinitionSays() throws IOException {
        float[][] reference = logits(1, new float[0][], 3);
        float[][] model = logits(2, reference, 0.4);
        List<Window> windows = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(3);
        for (int w = 0; w < COUNT / 24; w++) {
            windows.add(new Window(random.ints(31, 0, VOCABULARY).toArray(), 7));
        }
        Evaluation found = evaluate(model, reference, windows);

        double[] loss = new double[COUNT];
        double[] referenceLoss = new double[COUNT];
        List<Double> kl = new ArrayList<>();
        double same = 0;
        double squares = 0;
        double greatest = 0;
        for (int r = 0; r < COUNT; r++) {
            int token = windows.get(r / 24).ids()[7 + r % 24];
            double[] p = softmax(reference[r]);
            double[] q = softmax(model[r]);
            loss[r] = -Math.log(q[token]);
            referenceLoss[r] = -Math.log(p[token]);
            double sum = 0;
            for (int i = 0; i < VOCABULARY; i++) {
                sum += p[i] * Math.log(p[i] / q[i]);
            }
            kl.add(sum);
            same += argmax(p) == argmax(q) ? 1 : 0;
            double error = q[token] - p[token];
            squares += error * error;
            greatest = Math.max(greatest, Math.abs(error));
        }
        double mean = mean(loss);
        Divergence d = Objects.requireNonNull(found.divergence());
        assertEquals(COUNT, found.perplexity().tokens());
        assertEquals(mean, found.perplexity().crossEntropy().value(), 1e-6);
        assertEquals(standardError(loss), found.perplexity().crossEntropy().error(), 1e-6);
        assertEquals(Math.exp(mean), found.perplexity().value(), 1e-4);
        assertEquals(
                Math.exp(mean) * standardError(loss),
                found.perplexity().estimate().error(),
                1e-4);
        assertEquals(Math.exp(mean(referenceLoss)), d.reference().value(), 1e-4);
        assertEquals(mean - mean(referenceLoss), d.logRatio().value(), 1e-6);
        double[] differences = IntStream.range(0, COUNT)
                .mapToDouble(r -> loss[r] - referenceLoss[r])
                .toArray();
        assertEquals(standardError(differences), d.logRatio().error(), 1e-6);
        assertEquals(Math.exp(mean) - Math.exp(mean(referenceLoss)), d.delta().value(), 1e-4);
        // To first order: each difference of losses weighed with its perplexity.
        double[] weighed = IntStream.range(0, COUNT)
                .mapToDouble(r -> Math.exp(mean) * loss[r] - Math.exp(mean(referenceLoss)) * referenceLoss[r])
                .toArray();
        assertEquals(standardError(weighed), d.delta().error(), 1e-4);
        assertEquals(kl.stream().mapToDouble(x -> x).average().orElseThrow(), d.kl().value(), 1e-6);
        Collections.sort(kl);
        assertEquals(kl.getFirst(), d.klQuantiles().min(), 1e-6);
        assertEquals(kl.getLast(), d.klQuantiles().max(), 1e-6);
        assertEquals((kl.get(119) + kl.get(120)) / 2, d.klQuantiles().median(), 1e-6);
        assertEquals(0.9 * kl.get(215) + 0.1 * kl.get(216), d.klQuantiles().p90(), 1e-3);
        assertEquals(same / COUNT, d.agreement().value(), 1e-12);
        assertEquals(Math.sqrt(squares / COUNT), d.rmsError().value(), 1e-6);
        assertEquals(greatest, d.maxError(), 1e-6);
        assertTrue(same < COUNT && same > COUNT / 2);
    }

    @Test
    void aModelDoesNotDivergeFromItself() throws IOException {
        float[][] rows = logits(5, new float[0][], 3);
        Divergence d = Objects.requireNonNull(
                evaluate(rows, rows, List.of(Window.whole(new int[COUNT + 1]))).divergence());
        assertEquals(0, d.kl().value(), 1e-12);
        assertEquals(1, d.agreement().value());
        assertEquals(0, d.maxError());
        assertEquals(0, d.delta().value());
        assertEquals(0, d.logRatio().error(), 1e-9);
    }

    @Test
    void vocabulariesOfDifferentSizesAreNotCompared() {
        float[][] other = new float[COUNT][VOCABULARY + 1];
        assertThrows(
                IllegalArgumentException.class,
                () -> evaluate(logits(5, new float[0][], 3), other, List.of(Window.whole(new int[3]))));
    }

    private static Evaluation evaluate(float[][] model, float[][] reference, List<Window> windows) throws IOException {
        try (Predictions ours = new RandomPredictions(model);
                Predictions theirs = new RandomPredictions(reference);
                Workers workers = new Workers(3)) {
            return Evaluation.of(ours, theirs, windows, workers, Evaluation.Progress.NONE);
        }
    }

    private static double mean(double[] x) {
        return IntStream.range(0, x.length).mapToDouble(i -> x[i]).average().orElseThrow();
    }

    private static double standardError(double[] x) {
        double m = mean(x);
        double variance = IntStream.range(0, x.length)
                .mapToDouble(i -> (x[i] - m) * (x[i] - m))
                .average()
                .orElseThrow();
        return Math.sqrt(variance / (x.length - 1));
    }

    /** Every token is fed once and in order, and every one that counts is predicted once, whatever the sizes. */
    @Test
    void passesCoverTheWindows() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 200; round++) {
            List<Window> windows = new ArrayList<>();
            int rows = 0;
            for (int w = random.nextInt(1, 9); w > 0; w--) {
                int n = random.nextInt(2, round % 2 == 0 ? 200 : 3000);
                windows.add(new Window(new int[n], random.nextInt(1, n)));
                rows += windows.getLast().scored();
            }
            int vocabulary = 1 << random.nextInt(5, 20);
            int window = 0;
            int at = 0;
            for (Iterator<Pass> passes = Pass.over(windows, vocabulary); passes.hasNext(); ) {
                Pass pass = passes.next();
                assertTrue(pass.rows() == 0 || (long) pass.rows() * vocabulary <= 1 << 24);
                assertTrue(pass.tokens() <= 512);
                rows -= pass.rows();
                for (Pass.Part part : pass.parts()) {
                    assertEquals(windows.get(window), part.window());
                    assertEquals(at, part.from());
                    at = part.to();
                    if (at == part.window().fed()) {
                        at = 0;
                        window++;
                    }
                }
            }
            assertEquals(windows.size(), window);
            assertEquals(0, rows);
        }
    }
}
