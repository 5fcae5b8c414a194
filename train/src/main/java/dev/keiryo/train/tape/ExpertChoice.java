package dev.keiryo.train.tape;

import dev.keiryo.model.Routing;
import dev.keiryo.tensor.Tensor;
import java.util.Arrays;

/**
 * Which experts each token goes to and with what weight; and the way back of weights and of the losses that keep experts balanced to
 * the router's logits z.
 */
final class ExpertChoice<M extends Tensor> {
    private final Arithmetic<M> arithmetic;
    private final Routing routing;
    private final ExpertOptions options;
    private final int tokens;
    private final int experts;
    /** {@code [tokens, experts]}, with the noise. */
    private final double[] logits;

    private final boolean[] chosen;
    /** Softmax over all experts. */
    private final double[] probabilities;
    /** Softmax over the chosen experts where they are normalized, else over all: what weights are of. */
    private final double[] shares;

    private final double[] logSums;
    private int unserved;

    /** @param noiseKey what the noise follows from */
    ExpertChoice(Arithmetic<M> arithmetic, Routing routing, ExpertOptions options, M router, long noiseKey) {
        this.arithmetic = arithmetic;
        this.routing = routing;
        this.options = options;
        this.tokens = router.rows();
        this.experts = router.cols();
        this.logits = new double[tokens * experts];
        this.chosen = new boolean[tokens * experts];
        this.probabilities = new double[tokens * experts];
        this.shares = new double[tokens * experts];
        this.logSums = new double[tokens];
        for (int t = 0; t < tokens; t++) {
            for (int e = 0; e < experts; e++) {
                int i = t * experts + e;
                logits[i] = arithmetic.get(router, t, e)
                        + (options.noise() == 0 ? 0 : options.noise() * Dropout.normal(noiseKey, i));
            }
            logSums[t] = softmax(t, probabilities, false);
        }
        if (options.choice() == ExpertOptions.Choice.BY_EXPERTS) {
            chooseByExperts();
        } else {
            chooseByTokens();
        }
        for (int t = 0; t < tokens; t++) {
            softmax(t, shares, routing.normalize());
        }
    }

    /** Softmax of a token's logits, over the chosen experts or all; returns the logarithm of its sum. */
    private double softmax(int t, double[] out, boolean ofChosen) {
        int at = t * experts;
        double max = Double.NEGATIVE_INFINITY;
        for (int e = 0; e < experts; e++) {
            max = !ofChosen || chosen[at + e] ? Math.max(max, logits[at + e]) : max;
        }
        double sum = 0;
        for (int e = 0; e < experts; e++) {
            out[at + e] = !ofChosen || chosen[at + e] ? Math.exp(logits[at + e] - max) : 0;
            sum += out[at + e];
        }
        for (int e = 0; e < experts && sum > 0; e++) {
            out[at + e] /= sum;
        }
        return max + Math.log(sum);
    }

    /** Tokens that an expert takes. */
    private int room(int choices) {
        return options.capacity() == 0
                ? tokens
                : (int) Math.min(tokens, Math.ceil(options.capacity() * tokens * choices / experts));
    }

    /** All first choices come before all second ones; among equals, earlier tokens. */
    private void chooseByTokens() {
        int choices = Math.min(routing.topK(), experts);
        int room = room(choices);
        int[] taken = new int[experts];
        boolean[] tried = new boolean[tokens * experts];
        for (int i = 0; i < choices; i++) {
            for (int t = 0; t < tokens; t++) {
                int e = best(t, tried, taken, tokens + 1);
                if (taken[e] >= room && options.overflow() == ExpertOptions.Overflow.REROUTE) {
                    e = best(t, tried, taken, room);
                }
                if (e >= 0) {
                    tried[t * experts + e] = true;
                }
                if (e < 0 || taken[e] >= room) {
                    unserved++;
                } else {
                    chosen[t * experts + e] = true;
                    taken[e]++;
                }
            }
        }
    }

    /** A token's best expert that it has not tried and that has fewer than {@code room} tokens; -1 for none. */
    private int best(int t, boolean[] tried, int[] taken, int room) {
        int best = -1;
        for (int e = 0; e < experts; e++) {
            int i = t * experts + e;
            if (!tried[i] && taken[e] < room && (best < 0 || logits[i] > logits[t * experts + best])) {
                best = e;
            }
        }
        return best;
    }

    private void chooseByExperts() {
        int room = room(1);
        for (int e = 0; e < experts; e++) {
            for (int n = 0; n < room; n++) {
                int best = -1;
                for (int t = 0; t < tokens; t++) {
                    int i = t * experts + e;
                    if (!chosen[i] && (best < 0 || probabilities[i] > probabilities[best * experts + e])) {
                        best = t;
                    }
                }
                chosen[best * experts + e] = true;
            }
        }
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
        return Arrays.copyOf(rows, n);
    }

    double weight(int token, int e) {
        return shares[token * experts + e] * routing.scale();
    }

    ExpertUse use() {
        int[] counts = new int[experts];
        for (int i = 0; i < chosen.length; i++) {
            counts[i % experts] += chosen[i] ? 1 : 0;
        }
        double[] f = fractions(counts);
        double loss = 0;
        for (int i = 0; i < probabilities.length; i++) {
            loss += options.balance() * experts * f[i % experts] * probabilities[i] / tokens;
        }
        for (double z : logSums) {
            loss += options.zLoss() * z * z / tokens;
        }
        return new ExpertUse(counts, unserved, loss);
    }

    /** The share of all choices that fell on each expert, {@code f}. */
    private double[] fractions(int[] counts) {
        long sum = Math.max(1, Arrays.stream(counts).sum());
        double[] f = new double[experts];
        Arrays.setAll(f, e -> (double) counts[e] / sum);
        return f;
    }

    /**
     * Adds to the router's gradient {@code [tokens, experts]}. Through a softmax s, {@code dz_e = s_e·(g_e - Σ_j s_j·g_j)};
     * f counts as constant; {@code d(log Σ exp z)/dz} is the softmax.
     *
     * @param dWeights the gradients by {@link #weight}, {@code [tokens, experts]}, 0 for experts not chosen
     */
    void back(double[] dWeights, M dRouter) {
        double[] f = fractions(use().tokens());
        for (int t = 0; t < tokens; t++) {
            int at = t * experts;
            double mean = 0;
            double balance = 0;
            for (int e = 0; e < experts; e++) {
                mean += shares[at + e] * dWeights[at + e];
                balance += probabilities[at + e] * f[e];
            }
            for (int e = 0; e < experts; e++) {
                double d = routing.scale() * shares[at + e] * (dWeights[at + e] - mean);
                d += options.balance() * experts / tokens * probabilities[at + e] * (f[e] - balance);
                d += options.zLoss() * 2 * logSums[t] / tokens * probabilities[at + e];
                arithmetic.put(dRouter, t, e, arithmetic.get(dRouter, t, e) + d);
            }
        }
    }
}
