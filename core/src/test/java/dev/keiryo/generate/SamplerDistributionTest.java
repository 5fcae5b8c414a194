package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What is drawn, against each sampler's definition, written anew on probabilities in double. */
class SamplerDistributionTest {
    private static final int DRAWS = 100_000;
    private static final float[] LOGITS = logits(48);

    private static float[] logits(int n) {
        SplittableRandom random = new SplittableRandom(11);
        float[] out = new float[n];
        for (int i = 0; i < n; i++) {
            out[i] = (float) random.nextGaussian(-1, 1.6);
        }
        return out;
    }

    private static double[] softmax(float[] logits, double temperature) {
        double[] p = new double[logits.length];
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(logits[i] / temperature);
        }
        return normalized(p);
    }

    private static double[] normalized(double[] p) {
        double sum = Arrays.stream(p).sum();
        return Arrays.stream(p).map(x -> x / sum).toArray();
    }

    /** Tokens by descending probability. */
    private static int[] order(double[] p) {
        return IntStream.range(0, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -p[i]))
                .mapToInt(i -> i)
                .toArray();
    }

    private static double[] only(double[] p, int... kept) {
        double[] out = new double[p.length];
        for (int i : kept) {
            out[i] = p[i];
        }
        return normalized(out);
    }

    private static double[] atLeast(double[] p, double least) {
        int[] kept = IntStream.range(0, p.length).filter(i -> p[i] >= least).toArray();
        return kept.length == 0 ? only(p, order(p)[0]) : only(p, kept);
    }

    private static double entropy(double[] p) {
        return -Arrays.stream(p).filter(x -> x > 0).map(x -> x * Math.log(x)).sum();
    }

    private static double[] topP(double[] p, double reach) {
        int[] order = order(p);
        double sum = 0;
        int n = 0;
        while (sum < reach) {
            sum += p[order[n++]];
        }
        return only(p, Arrays.copyOf(order, n));
    }

    private static double[] typical(double[] p, double reach) {
        double entropy = entropy(p);
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, p.length).boxed().toList());
        order.sort(Comparator.comparingDouble(i -> Math.abs(-Math.log(p[i]) - entropy)));
        double sum = 0;
        int n = 0;
        while (sum <= reach) {
            sum += p[order.get(n++)];
        }
        return only(p, order.subList(0, n).stream().mapToInt(i -> i).toArray());
    }

    private static double[] tailFree(double[] p, double z) {
        int[] order = order(p);
        double[] bends = new double[p.length - 2];
        for (int i = 0; i < bends.length; i++) {
            bends[i] = Math.abs((p[order[i]] - p[order[i + 1]]) - (p[order[i + 1]] - p[order[i + 2]]));
        }
        double total = Arrays.stream(bends).sum();
        double sum = 0;
        int n = 0;
        while (sum <= z * total) {
            sum += bends[n++];
        }
        return only(p, Arrays.copyOf(order, n));
    }

    private static double[] topSigma(double[] p, double n) {
        double[] logs = Arrays.stream(p).map(Math::log).toArray();
        double mean = Arrays.stream(logs).average().orElseThrow();
        double variance =
                Arrays.stream(logs).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
        double max = Arrays.stream(logs).max().orElseThrow();
        return atLeast(p, Math.exp(max - n * Math.sqrt(variance)));
    }

    private static double[] dynamic(double t, double range) {
        double uncertainty = entropy(softmax(LOGITS, 1)) / Math.log(LOGITS.length);
        return softmax(LOGITS, t - range + 2 * range * uncertainty);
    }

    private static double[] xtc(double[] p, double probability, double threshold) {
        int[] order = order(p);
        int above = (int) Arrays.stream(p).filter(x -> x >= threshold).count();
        assertTrue(above > 1, "the threshold has no effect here");
        double[] without = only(p, Arrays.copyOfRange(order, above - 1, p.length));
        double[] mixed = new double[p.length];
        for (int i = 0; i < p.length; i++) {
            mixed[i] = (1 - probability) * p[i] + probability * without[i];
        }
        return mixed;
    }

    /** Mirostat 1 with a learning rate of 0: μ stays at 2 τ. */
    private static double[] zipf(double[] p, double tau, int m) {
        int[] order = order(p);
        double products = 0;
        double squares = 0;
        for (int i = 0; i < m - 1; i++) {
            double t = Math.log((i + 2.0) / (i + 1.0));
            products += t * Math.log(p[order[i]] / p[order[i + 1]]);
            squares += t * t;
        }
        double s = products / squares;
        double epsilon = s - 1;
        double k = Math.pow(epsilon * Math.pow(2, 2 * tau) / (1 - Math.pow(p.length, -epsilon)), 1 / s);
        assertTrue(k > 1 && k < p.length, "k is " + k);
        return only(p, Arrays.copyOf(order, (int) k));
    }

    @TestFactory
    List<DynamicTest> drawsFollowTheDefinition() {
        double[] p = softmax(LOGITS, 1);
        double max = Arrays.stream(p).max().orElseThrow();
        int best = order(p)[0];
        List<DynamicTest> tests = new ArrayList<>();
        add(tests, "", p);
        add(tests, "temp:0.7", softmax(LOGITS, 0.7));
        add(tests, "temp:1.8", softmax(LOGITS, 1.8));
        add(tests, "dynamic_temperature:t=1,range=0.6", dynamic(1, 0.6));
        add(tests, "top_k:7", only(p, Arrays.copyOf(order(p), 7)));
        add(tests, "top_p:0.8", topP(p, 0.8));
        add(tests, "min_p:0.1", atLeast(p, 0.1 * max));
        add(tests, "typical:0.7", typical(p, 0.7));
        add(tests, "top_n_sigma:1.2", topSigma(p, 1.2));
        add(tests, "top_a:0.3", atLeast(p, 0.3 * max * max));
        add(tests, "epsilon_cutoff:0.01", atLeast(p, 0.01));
        add(tests, "eta_cutoff:0.02", atLeast(p, Math.min(0.02, Math.sqrt(0.02) * Math.exp(-entropy(p)))));
        add(tests, "tail_free:0.9", tailFree(p, 0.9));
        add(tests, "xtc:probability=0.35,threshold=0.08", xtc(p, 0.35, 0.08));
        add(tests, "mirostat:tau=2.5,eta=0,m=20", zipf(p, 2.5, 20));
        add(tests, "mirostat_v2:tau=1.5,eta=0", atLeast(p, Math.pow(2, -3)));
        add(tests, "banned_tokens:" + best, changed(p, q -> q[best] = 0));
        add(tests, "logit_bias:3=1.5," + best + "=-2", changed(p, q -> {
            q[3] *= Math.exp(1.5);
            q[best] *= Math.exp(-2);
        }));
        add(tests, "top_k:10;top_p:0.9;temp:0.6", changed(topP(only(p, Arrays.copyOf(order(p), 10)), 0.9), q -> {
            for (int i = 0; i < q.length; i++) {
                q[i] = Math.pow(q[i], 1 / 0.6);
            }
        }));
        return tests;
    }

    private interface Change {
        void apply(double[] p);
    }

    private static double[] changed(double[] p, Change change) {
        double[] copy = p.clone();
        change.apply(copy);
        return normalized(copy);
    }

    private static void add(List<DynamicTest> tests, String chain, double[] expected) {
        tests.add(DynamicTest.dynamicTest(chain.isEmpty() ? "no sampler" : chain, () -> {
            Sampler sampler = new Sampler(SamplerChain.parse(chain), new SplittableRandom(chain.hashCode()));
            int[] counts = new int[LOGITS.length];
            for (int n = 0; n < DRAWS; n++) {
                sampler.process(LOGITS);
                counts[sampler.draw()]++;
            }
            for (int i = 0; i < counts.length; i++) {
                assertTrue(expected[i] > 0 || counts[i] == 0, "token " + i + " should never be drawn");
            }
            ChiSquare.assertFits(expected, counts, DRAWS);
        }));
    }

    /** The mean surprise of what is drawn, in bits, over draws from changing distributions. */
    private static double surprise(String chain) {
        SplittableRandom random = new SplittableRandom(3);
        Sampler sampler = new Sampler(SamplerChain.parse(chain), new SplittableRandom(4));
        double sum = 0;
        float[] logits = new float[200];
        for (int n = 0; n < DRAWS; n++) {
            if (n % 10 == 0) {
                double sharp = 0.3 + 1.2 * random.nextDouble();
                for (int i = 0; i < logits.length; i++) {
                    logits[i] = (float) (-sharp * Math.log(i + 1) + random.nextGaussian(0, 0.2));
                }
            }
            Candidates left = sampler.process(logits);
            double total = 0;
            for (int i = 0; i < left.count(); i++) {
                total += Math.exp(left.logit(i));
            }
            int id = sampler.draw();
            sum -= Math.log(Math.exp(logits[id]) / total) / Math.log(2);
            sampler.accept(id);
        }
        return sum / DRAWS;
    }

    @Test
    void mirostatsMeanSurpriseIsItsTarget() {
        for (double tau : new double[] {2, 3.5}) {
            assertEquals(tau, surprise("mirostat_v2:tau=" + tau + ",eta=0.1"), 0.02);
            assertEquals(tau, surprise("mirostat:tau=" + tau + ",eta=0.1"), 0.02);
        }
        double without = surprise("");
        assertTrue(without > 4.5, "without it, " + without);
    }

    @Test
    void aSeedRepeatsItsDraws() {
        UnaryOperator<int[]> fill = ids -> {
            Sampler sampler = new Sampler(SamplerChain.DEFAULT, new SplittableRandom(99));
            Arrays.setAll(ids, i -> sampler.sample(LOGITS));
            return ids;
        };
        assertTrue(Arrays.equals(fill.apply(new int[200]), fill.apply(new int[200])));
    }
}
