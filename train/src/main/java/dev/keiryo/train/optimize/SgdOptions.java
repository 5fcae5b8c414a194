package dev.keiryo.train.optimize;

import dev.keiryo.kernel.Workers;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.util.List;

/**
 * Of {@link Sgd}.
 *
 * @param momentum share of the last direction that is kept; 0: no momentum, nothing is remembered
 * @param nesterov whether the gradient is taken as if the momentum's step had been made
 */
public record SgdOptions(double momentum, boolean nesterov) implements OptimizerOptions {
    /** Momentum 0.9. */
    public static final SgdOptions USUAL = new SgdOptions(0.9, false);

    public SgdOptions {
        OptimizerOptions.checkShare("momentum", momentum);
        if (nesterov && momentum == 0) {
            throw new IllegalArgumentException("Nesterov's way needs a momentum above 0");
        }
    }

    static SgdOptions read(NamedText named) {
        return new SgdOptions(named.number("momentum", USUAL.momentum), named.flag("nesterov", USUAL.nesterov));
    }

    @Override
    public Optimizer create(List<Member> members, Workers workers) {
        return new Sgd(this, members, workers);
    }

    @Override
    public double usualLearningRate() {
        return 0.1;
    }

    @Override
    public String text() {
        return "sgd:momentum=" + NamedText.plain(momentum) + ",nesterov=" + nesterov;
    }
}
