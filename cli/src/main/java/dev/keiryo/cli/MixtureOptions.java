package dev.keiryo.cli;

import dev.keiryo.synth.Family;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.train.tape.ExpertOptions;
import picocli.CommandLine.Option;

/** How mixtures of experts learn. */
final class MixtureOptions {
    @Option(
            names = "--routing",
            paramLabel = "WHO",
            description =
                    "tokens choose their experts, or experts choose their tokens, as many as --capacity lets them. Default: ${DEFAULT-VALUE}")
    private String routing = "tokens";

    @Option(
            names = "--balance",
            paramLabel = "R",
            description = "Weight of the loss that keeps experts balanced. Default: ${DEFAULT-VALUE}")
    private double balance = 0.01;

    @Option(
            names = "--router-z-loss",
            paramLabel = "R",
            description = "Weight of the loss that keeps the router's logits small. Default: ${DEFAULT-VALUE}")
    private double zLoss;

    @Option(
            names = "--capacity",
            paramLabel = "R",
            description =
                    "Tokens that an expert takes at most, times its even share; 0 for no limit. Default: ${DEFAULT-VALUE}; experts that"
                            + " choose take 2")
    private double capacity;

    @Option(
            names = "--overflow",
            paramLabel = "HOW",
            description =
                    "Tokens that their expert has no room for: drop (they go without) or reroute (to the best with room). Default: ${DEFAULT-VALUE}")
    private String overflow = "drop";

    @Option(
            names = "--router-noise",
            paramLabel = "R",
            description = "Standard deviation of what is added to the router's logits. Default: ${DEFAULT-VALUE}")
    private double noise;

    @Option(names = "--expert-dropout", paramLabel = "P", description = "Within experts. Default: ${DEFAULT-VALUE}")
    private double dropout;

    @Option(
            names = "--router-deviation",
            paramLabel = "R",
            description = "Standard deviation of the routers' first weights. Default: as of all matrices, 0.02")
    private float deviation;

    float deviation() {
        return deviation;
    }

    /** @param parts passes of a step, over which the losses are a mean */
    ExpertOptions options(ModelShape shape, int parts) {
        if (shape.experts() == 0) {
            return ExpertOptions.NONE;
        }
        boolean byExperts = chosen("--routing", routing, "tokens", "experts");
        if (shape.expertsUsed() == 1 && shape.family() == Family.LLAMA && !byExperts) {
            throw new UsageException(
                    "Mixtral weighs a single expert by 1 whatever its router says, so that the router would learn nothing; for"
                            + " --experts-used 1 take --shape olmoe-1b-7b, which weighs experts by their probability");
        }
        boolean reroutes = chosen("--overflow", overflow, "drop", "reroute");
        return new ExpertOptions(
                byExperts ? ExpertOptions.Choice.BY_EXPERTS : ExpertOptions.Choice.BY_TOKENS,
                balance / parts,
                zLoss / parts,
                byExperts && capacity == 0 ? 2 : capacity,
                reroutes ? ExpertOptions.Overflow.REROUTE : ExpertOptions.Overflow.DROP,
                noise,
                dropout);
    }

    /** Whether {@code value} is {@code second}. */
    private static boolean chosen(String option, String value, String first, String second) {
        if (!value.equals(first) && !value.equals(second)) {
            throw new UsageException(option + " is " + first + " or " + second + ", not " + value);
        }
        return value.equals(second);
    }
}
