package dev.keiryo.engine;

import dev.keiryo.model.Routing;
import dev.keiryo.tensor.Matrix;

/** Which experts each token goes to, and with what weight; 0 where it does not go. Its arrays are kept from use to use. */
final class Routes {
    /** {@code [tokens, experts]}. */
    private float[] weights = {};

    private int[] rows = {};
    private int tokens;
    private int experts;

    /** @param router logits {@code [tokens, experts]} */
    void choose(Routing routing, Matrix router) {
        tokens = router.rows();
        experts = router.cols();
        if (weights.length < tokens * experts) {
            weights = new float[tokens * experts];
        }
        if (rows.length < tokens) {
            rows = new int[tokens];
        }
        for (int t = 0; t < tokens; t++) {
            choose(routing, router, t);
        }
    }

    private void choose(Routing routing, Matrix router, int t) {
        int at = t * experts;
        double max = Double.NEGATIVE_INFINITY;
        for (int e = 0; e < experts; e++) {
            weights[at + e] = 0;
            max = Math.max(max, router.get(t, e));
        }
        int k = Math.min(routing.topK(), experts);
        for (int i = 0; i < k; i++) {
            int best = -1;
            for (int e = 0; e < experts; e++) {
                if (weights[at + e] == 0 && (best < 0 || router.get(t, e) > router.get(t, best))) {
                    best = e;
                }
            }
            // Any number but 0 says that it is chosen.
            weights[at + best] = 1;
        }
        double sum = 0;
        for (int e = 0; e < experts; e++) {
            boolean counts = weights[at + e] != 0 || !routing.normalize();
            sum += counts ? Math.exp(router.get(t, e) - max) : 0;
        }
        for (int e = 0; e < experts; e++) {
            if (weights[at + e] != 0) {
                weights[at + e] = (float) (Math.exp(router.get(t, e) - max) / sum * routing.scale());
            }
        }
    }

    /** Finds the rows that go to expert {@code e}, which {@link #row} then gives, and returns how many they are. */
    int select(int e) {
        int n = 0;
        for (int t = 0; t < tokens; t++) {
            if (weights[t * experts + e] != 0) {
                rows[n++] = t;
            }
        }
        return n;
    }

    /** The i-th row of those selected. */
    int row(int i) {
        return rows[i];
    }

    float weight(int row, int e) {
        return weights[row * experts + e];
    }
}
