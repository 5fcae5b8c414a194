package dev.keiryo.generate;

/**
 * A temperature that follows the model's uncertainty: {@code l' = l / T} with
 * {@code T = low + (high - low) (H / log N)^exponent}, {@code low = max(0, t - range)}, {@code high = t + range}. One
 * candidate is left as it is; a range of 0 is {@link Temperature}. In a chain: {@code dynamic_temperature:t=1,range=0.5}.
 *
 * <p>Source: entropy-based dynamic temperature as in llama.cpp (dynatemp) and KoboldCpp.
 *
 * @param t the middle, 0 or more
 * @param range 0 or more
 * @param exponent 0 or more; above 1 lowers the temperature of all but the most uncertain
 */
public record DynamicTemperature(double t, double range, double exponent) implements SamplerLink {
    public DynamicTemperature {
        Ranges.atLeast(0, "dynamic_temperature", "t", t);
        Ranges.atLeast(0, "dynamic_temperature", "range", range);
        Ranges.atLeast(0, "dynamic_temperature", "exponent", exponent);
    }

    static DynamicTemperature of(LinkArguments arguments) {
        return new DynamicTemperature(
                arguments.number("t"), arguments.number("range"), arguments.number("exponent", 1));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return this::apply;
    }

    private void apply(Candidates candidates) {
        if (range == 0) {
            Temperature.apply(candidates, t);
        } else if (candidates.count() > 1) {
            double uncertainty = Math.max(0, candidates.entropy()) / Math.log(candidates.count());
            double low = Math.max(0, t - range);
            Temperature.apply(candidates, low + (t + range - low) * Math.pow(uncertainty, exponent));
        }
    }

    @Override
    public String toString() {
        return new LinkText("dynamic_temperature")
                .with("t", t)
                .with("range", range)
                .option("exponent", exponent, 1)
                .toString();
    }
}
