package dev.keiryo.train.optimize;

import static dev.keiryo.train.optimize.FloatLanes.F;
import static dev.keiryo.train.optimize.FloatLanes.all;
import static dev.keiryo.train.optimize.FloatLanes.get;
import static dev.keiryo.train.optimize.FloatLanes.load;
import static dev.keiryo.train.optimize.FloatLanes.set;
import static dev.keiryo.train.optimize.FloatLanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** AdamW's equation in one pass: it takes as long as memory takes to read four tensors and write three. */
final class AdamKernel {
    private final double beta1;
    private final double beta2;
    private final float epsilon;

    AdamKernel(AdamWOptions options) {
        beta1 = options.beta1();
        beta2 = options.beta2();
        epsilon = (float) options.epsilon();
    }

    /**
     * Changes {@code n} weights and their moments, which begin where the segments do.
     *
     * @param scale of gradients
     * @param rate α
     * @param decay what is left of a weight
     * @param step from 1 on
     */
    void update(
            MemorySegment w,
            MemorySegment g,
            MemorySegment m,
            MemorySegment v,
            int n,
            float scale,
            double rate,
            float decay,
            long step) {
        float b1 = (float) beta1;
        float b2 = (float) beta2;
        float rest1 = (float) (1 - beta1);
        float rest2 = (float) (1 - beta2);
        float factor = (float) (-rate / (1 - Math.pow(beta1, (double) step)));
        float root = (float) (1 / Math.sqrt(1 - Math.pow(beta2, (double) step)));
        FloatVector root1 = all(root);
        FloatVector epsilon1 = all(epsilon);
        FloatVector factor1 = all(factor);
        FloatVector beta11 = all(b1);
        FloatVector beta21 = all(b2);
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            long at = 4L * i;
            FloatVector gradient = load(g, at).mul(scale);
            FloatVector first = load(m, at).fma(beta11, gradient.mul(rest1));
            FloatVector second = load(v, at).fma(beta21, gradient.mul(gradient).mul(rest2));
            FloatVector below = second.sqrt().fma(root1, epsilon1);
            FloatVector weight = first.div(below).fma(factor1, load(w, at).mul(decay));
            store(first, m, at);
            store(second, v, at);
            store(weight, w, at);
        }
        for (int i = whole; i < n; i++) {
            long at = 4L * i;
            float gradient = get(g, at) * scale;
            float first = Math.fma(get(m, at), b1, gradient * rest1);
            float second = Math.fma(get(v, at), b2, gradient * gradient * rest2);
            float below = Math.fma((float) Math.sqrt(second), root, epsilon);
            set(m, at, first);
            set(v, at, second);
            set(w, at, Math.fma(first / below, factor, get(w, at) * decay));
        }
    }
}
