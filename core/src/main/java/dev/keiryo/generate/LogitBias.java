package dev.keiryo.generate;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code l' = l + bias} for the tokens named; -∞ bans one. In a chain: {@code logit_bias:3=2,9=-inf}, each parameter a
 * token id.
 *
 * @param bias by token id
 */
public record LogitBias(Map<Integer, Double> bias) implements SamplerLink {
    public LogitBias {
        bias = Collections.unmodifiableMap(new TreeMap<>(bias));
        Ranges.ids("logit_bias", bias.keySet());
        bias.forEach((id, amount) -> Ranges.check(
                amount < Double.POSITIVE_INFINITY,
                "logit_bias",
                "the bias of token " + id,
                "a finite number or -inf",
                amount));
    }

    static LogitBias of(LinkArguments arguments) {
        return new LogitBias(arguments.byId());
    }

    @Override
    public Stage start(SamplerRequest request) {
        int[] ids = bias.keySet().stream().mapToInt(Integer::intValue).toArray();
        double[] amounts =
                bias.values().stream().mapToDouble(Double::doubleValue).toArray();
        return candidates -> {
            for (int i = 0; i < ids.length; i++) {
                candidates.add(ids[i], amounts[i]);
            }
            candidates.dropImpossible();
        };
    }

    @Override
    public String toString() {
        LinkText text = new LinkText("logit_bias");
        bias.forEach((id, amount) -> text.with(id.toString(), amount));
        return text.toString();
    }
}
