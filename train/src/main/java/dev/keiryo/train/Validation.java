package dev.keiryo.train;

import dev.keiryo.train.tape.ExpertUse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a validation has found.
 *
 * @param loss mean over all that counts, in nats
 * @param experts of each layer with a mixture of experts, the share of choices that fell on each, without limits and noise; else empty
 * @param sample text of the model's own, or null where none was asked for
 */
public record Validation(
        double loss, List<double[]> experts, @Nullable String sample) {
    public Validation {
        experts = List.copyOf(experts);
    }

    Validation withSample(@Nullable String text) {
        return new Validation(loss, experts, text);
    }

    /** Counts how experts are used, batch after batch. */
    static final class ExpertCounts {
        private final List<long[]> layers = new ArrayList<>();

        void add(List<ExpertUse> uses) {
            for (int l = 0; l < uses.size(); l++) {
                int[] tokens = uses.get(l).tokens();
                if (l == layers.size()) {
                    layers.add(new long[tokens.length]);
                }
                long[] sums = layers.get(l);
                for (int e = 0; e < tokens.length; e++) {
                    sums[e] += tokens[e];
                }
            }
        }

        List<double[]> shares() {
            return layers.stream()
                    .map(sums -> {
                        double all = Math.max(1, Arrays.stream(sums).sum());
                        return Arrays.stream(sums).mapToDouble(n -> n / all).toArray();
                    })
                    .toList();
        }
    }
}
