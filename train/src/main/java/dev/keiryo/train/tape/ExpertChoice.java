package dev.keiryo.train.tape;

import dev.keiryo.model.Routing;
import dev.keiryo.tensor.Tensor;

/** Which experts each token goes to and with what weight, and the weights' way back to the router's logits. */
final class ExpertChoice<M extends Tensor> {
    private final Arithmetic<M> arithmetic;
    private final Routing routing;
    private final int tokens;
    private final int experts;
    private final boolean[] chosen;
    /** The softmax, over all experts or, where they are normalized, over those chosen: else 0. */
    private final double[] shares;

    ExpertChoice(Arithmetic<M> arithmetic, Routing routing, M router) {
        this.arithmetic = arithmetic;
        this.routing = routing;
        this.tokens = router.rows();
        this.experts = router.cols();
        this.chosen = new boolean[tokens * experts];
        this.shares = new double[tokens * experts];
        for (int t = 0; t < tokens; t++) {
            choose(router, t);
        }
    }

    private void choose(M router, int t) {
        int at = t * experts;
        for (int i = 0; i < Math.min(routing.topK(), experts); i++) {
            int best = -1;
            for (int e = 0; e < experts; e++) {
                if (!chosen[at + e] && (best < 0 || logit(router, t, e) > logit(router, t, best))) {
                    best = e;
                }
            }
            chosen[at + best] = true;
        }
        double max = Double.NEGATIVE_INFINITY;
        for (int e = 0; e < experts; e++) {
            max = Math.max(max, logit(router, t, e));
        }
        double sum = 0;
        for (int e = 0; e < experts; e++) {
            shares[at + e] = counts(at + e) ? Math.exp(logit(router, t, e) - max) : 0;
            sum += shares[at + e];
        }
        for (int e = 0; e < experts; e++) {
            shares[at + e] /= sum;
        }
    }

    private double logit(M router, int t, int e) {
        return arithmetic.get(router, t, e);
    }

    /** Whether the expert is one of those that the softmax is taken over. */
    private boolean counts(int i) {
        return chosen[i] || !routing.normalize();
    }

    /** The rows that go to expert {@code e}, ascending. */
    int[] rows(int e) {
        int n = 0;
        int[] rows = new int[tokens];
        for (int t = 0; t < tokens; t++) {
            if (chosen[t * experts + e]) {
                rows[n++] = t;
            }
        }
        return java.util.Arrays.copyOf(rows, n);
    }

    double weight(int token, int e) {
        return shares[token * experts + e] * routing.scale();
    }

    /**
     * Adds to the router's gradient {@code [tokens, experts]}: through the softmax, {@code dz_e = s_e·(g_e - Σ_j s_j·g_j)}.
     *
     * @param dWeights the gradients by {@link #weight}, {@code [tokens, experts]}, 0 for experts not chosen
     */
    void back(double[] dWeights, M dRouter) {
        for (int t = 0; t < tokens; t++) {
            int at = t * experts;
            double mean = 0;
            for (int e = 0; e < experts; e++) {
                mean += shares[at + e] * dWeights[at + e];
            }
            for (int e = 0; e < experts; e++) {
                double d = routing.scale() * shares[at + e] * (dWeights[at + e] - mean);
                arithmetic.put(dRouter, t, e, arithmetic.get(dRouter, t, e) + d);
            }
        }
    }
}
