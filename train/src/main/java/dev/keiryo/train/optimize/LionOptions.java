package dev.keiryo.train.optimize;

import dev.keiryo.kernel.Workers;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.util.List;

/**
 * Of {@link Lion}.
 *
 * @param beta1 of what the sign is taken of
 * @param beta2 of what is remembered
 */
public record LionOptions(double beta1, double beta2) implements OptimizerOptions {
    /** The paper's for language models: 0.95, 0.98. */
    public static final LionOptions USUAL = new LionOptions(0.95, 0.98);

    public LionOptions {
        OptimizerOptions.checkShare("beta1", beta1);
        OptimizerOptions.checkShare("beta2", beta2);
    }

    static LionOptions read(NamedText named) {
        return new LionOptions(named.number("beta1", USUAL.beta1), named.number("beta2", USUAL.beta2));
    }

    @Override
    public Optimizer create(List<Member> members, Workers workers) {
        return new Lion(this, members, workers);
    }

    /** A tenth of AdamW's, with ten times its weight decay: all steps are of one size. */
    @Override
    public double usualLearningRate() {
        return 1e-4;
    }

    @Override
    public String text() {
        return "lion:beta1=" + NamedText.plain(beta1) + ",beta2=" + NamedText.plain(beta2);
    }
}
