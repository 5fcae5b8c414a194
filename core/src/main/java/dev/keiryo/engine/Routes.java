package dev.keiryo.engine;

import dev.keiryo.model.Routing;
import dev.keiryo.tensor.Matrix;

/** Which experts each token goes to, and with what weight; 0 where it does not go. */
final class Routes {
    private final float[][] weights;

    private Routes(float[][] weights) {
        this.weights = weights;
    }

    /** @param router logits {@code [tokens, experts]} */
    static Routes choose(Routing routing, Matrix router) {
        float[][] weights = new float[router.rows()][];
        for (int t = 0; t < weights.length; t++) {
            weights[t] = choose(routing, router.toArray(t));
        }
        return new Routes(weights);
    }

    private static float[] choose(Routing routing, float[] logits) {
        int k = Math.min(routing.topK(), logits.length);
        boolean[] chosen = new boolean[logits.length];
        for (int i = 0; i < k; i++) {
            int best = -1;
            for (int e = 0; e < logits.length; e++) {
                if (!chosen[e] && (best < 0 || logits[e] > logits[best])) {
                    best = e;
                }
            }
            chosen[best] = true;
        }
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (int e = 0; e < logits.length; e++) {
            boolean counts = chosen[e] || !routing.normalize();
            sum += counts ? Math.exp(logits[e] - max) : 0;
        }
        float[] weights = new float[logits.length];
        for (int e = 0; e < logits.length; e++) {
            weights[e] = chosen[e] ? (float) (Math.exp(logits[e] - max) / sum * routing.scale()) : 0;
        }
        return weights;
    }

    /** Writes the rows that go to expert {@code e} to {@code rows} and returns how many they are. */
    int rowsOf(int e, int[] rows) {
        int n = 0;
        for (int t = 0; t < weights.length; t++) {
            if (weights[t][e] != 0) {
                rows[n++] = t;
            }
        }
        return n;
    }

    float weight(int row, int e) {
        return weights[row][e];
    }
}
