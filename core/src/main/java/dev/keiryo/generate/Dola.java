package dev.keiryo.generate;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Decoding by contrasting layers: what the last layer adds to an earlier one is taken for knowledge. Earlier layers'
 * hidden states go through the model's own output head; of the candidates, the layer m is used whose distribution differs
 * most from the last one's p (Jensen–Shannon divergence). Then
 *
 * <pre>
 *   l' = log p - log p_m   where p ≥ alpha · max p, else -∞
 * </pre>
 *
 * A repetition penalty of about 1.2 behind it is recommended. In a chain: {@code dola:high} (the upper half's layers, for
 * facts), {@code dola:low} (the lower half's, for reasoning), or {@code dola:layers=2|4|6,alpha=0.1}.
 *
 * <p>Source: Chuang et al. 2023, arXiv:2309.03883.
 *
 * @param range which layers are candidates
 * @param layers their numbers, for {@link Range#LISTED}: l is the state after l layers, 0 the embedding
 * @param alpha from 0 to 1
 */
public record Dola(Range range, List<Integer> layers, double alpha) implements LogitSource {
    /** Candidate layers. */
    public enum Range {
        /** Every second one of the lower half. */
        LOW,
        /** Every second one of the upper half. */
        HIGH,
        /** Those named. */
        LISTED
    }

    public Dola {
        layers = List.copyOf(layers);
        Ranges.probability("dola", "alpha", alpha);
        if ((range == Range.LISTED) == layers.isEmpty()) {
            throw new IllegalArgumentException("dola: layers should be low, high, or a list such as 2|4|6");
        }
        for (int layer : layers) {
            Ranges.atLeast(0, "dola", "a layer", layer);
        }
    }

    static Dola of(LinkArguments arguments) {
        String layers = arguments.string("layers", "high");
        double alpha = arguments.number("alpha", 0.1);
        for (Range range : List.of(Range.LOW, Range.HIGH)) {
            if (layers.equalsIgnoreCase(range.name())) {
                return new Dola(range, List.of(), alpha);
            }
        }
        return new Dola(
                Range.LISTED,
                ChainText.split(layers, '|').stream()
                        .map(layer -> arguments.integer("layers", layer.strip()))
                        .toList(),
                alpha);
    }

    /** The candidates in a model of {@code count} layers: every second one of a half, of at most twenty layers. */
    int[] candidates(int count) {
        int half = count / 2;
        return switch (range) {
            // The embedding alone says little; where it is the output matrix too, nothing but the token itself.
            case LOW -> every(Math.min(2, Math.max(half - 1, 0)), count <= 40 ? Math.max(half, 1) : 20);
            case HIGH -> every(count <= 40 ? half : count - 20, count);
            case LISTED -> {
                for (int layer : layers) {
                    if (layer >= count) {
                        throw new IllegalArgumentException("dola: the model has " + count
                                + " layers, so a layer before the last is 0 to " + (count - 1) + ", but not " + layer);
                    }
                }
                yield layers.stream()
                        .mapToInt(Integer::intValue)
                        .sorted()
                        .distinct()
                        .toArray();
            }
        };
    }

    private static int[] every(int from, int to) {
        return IntStream.range(from, to).filter(i -> (i - from) % 2 == 0).toArray();
    }

    /**
     * Puts the contrast of {@code logits} and of the layer that differs most into {@code logits}, all {@code [vocab]}.
     *
     * @param allowed bits of the tokens that the greatest p is one of, so that some of them are left; null for all
     */
    void mix(float[] logits, float[][] earlier, long @Nullable [] allowed) {
        double normalizer = LogProbabilities.normalizer(logits);
        int best = 0;
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < earlier.length; i++) {
            double divergence = divergence(logits, normalizer, earlier[i], LogProbabilities.normalizer(earlier[i]));
            if (divergence > most) {
                most = divergence;
                best = i;
            }
        }
        float[] base = earlier[best];
        double other = LogProbabilities.normalizer(base);
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < logits.length; i++) {
            if (allowed == null || (i >> 6 < allowed.length && (allowed[i >> 6] >>> i & 1) != 0)) {
                max = Math.max(max, logits[i]);
            }
        }
        double least = max + Math.log(alpha);
        for (int i = 0; i < logits.length; i++) {
            logits[i] =
                    logits[i] >= least ? (float) (logits[i] - normalizer - (base[i] - other)) : Float.NEGATIVE_INFINITY;
        }
    }

    /** {@code JS(p, q) = ½ KL(p, m) + ½ KL(q, m)}, {@code m = ½ (p + q)}, in nats. */
    static double divergence(float[] p, double pNormalizer, float[] q, double qNormalizer) {
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            double logP = p[i] - pNormalizer;
            double logQ = q[i] - qNormalizer;
            double a = Math.exp(logP);
            double b = Math.exp(logQ);
            double logM = Math.log((a + b) / 2);
            sum += (a > 0 ? a * (logP - logM) : 0) + (b > 0 ? b * (logQ - logM) : 0);
        }
        return sum / 2;
    }

    @Override
    public String toString() {
        String named =
                range == Range.LISTED ? LinkText.ids(layers) : range.name().toLowerCase(Locale.ROOT);
        return new LinkText("dola")
                .main("layers", named)
                .option("alpha", alpha, 0.1)
                .toString();
    }
}
