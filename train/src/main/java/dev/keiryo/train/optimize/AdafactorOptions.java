package dev.keiryo.train.optimize;

import dev.keiryo.kernel.Workers;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.util.List;

/**
 * Of {@link Adafactor}.
 *
 * @param beta1 of the first moment; 0: none is kept
 * @param decay the second moment's β2 is {@code 1 - t^-decay}
 * @param clip d: the root mean square that an update may have
 * @param epsilon1 added to squares of gradients
 * @param epsilon2 the least size that a tensor's weights are taken to have
 * @param relative whether the learning rate is a factor of {@code min(0.01, 1/√t)}, as in the paper, or stands for itself
 */
public record AdafactorOptions(
        double beta1, double decay, double clip, double epsilon1, double epsilon2, boolean relative)
        implements OptimizerOptions {
    /** The paper's. */
    public static final AdafactorOptions USUAL = new AdafactorOptions(0, 0.8, 1, 1e-30, 1e-3, true);

    public AdafactorOptions {
        OptimizerOptions.checkShare("beta1", beta1);
        OptimizerOptions.checkAbove0("decay", decay);
        OptimizerOptions.checkAbove0("clip", clip);
        OptimizerOptions.checkAbove0("epsilon1", epsilon1);
        OptimizerOptions.checkAbove0("epsilon2", epsilon2);
    }

    static AdafactorOptions read(NamedText named) {
        return new AdafactorOptions(
                named.number("beta1", USUAL.beta1),
                named.number("decay", USUAL.decay),
                named.number("clip", USUAL.clip),
                named.number("epsilon1", USUAL.epsilon1),
                named.number("epsilon2", USUAL.epsilon2),
                named.flag("relative", USUAL.relative));
    }

    @Override
    public Optimizer create(List<Member> members, Workers workers) {
        return new Adafactor(this, members, workers);
    }

    /** With relative steps 1, the paper's; else a step of that share of a weight's size. */
    @Override
    public double usualLearningRate() {
        return relative ? 1 : 1e-2;
    }

    @Override
    public String text() {
        return "adafactor:beta1=" + NamedText.plain(beta1) + ",decay=" + NamedText.plain(decay) + ",clip="
                + NamedText.plain(clip) + ",epsilon1=" + NamedText.plain(epsilon1) + ",epsilon2="
                + NamedText.plain(epsilon2) + ",relative=" + relative;
    }
}
