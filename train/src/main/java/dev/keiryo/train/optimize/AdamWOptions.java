package dev.keiryo.train.optimize;

import dev.keiryo.kernel.Workers;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.util.List;

/**
 * Of {@link AdamW}.
 *
 * @param beta1 of the first moment
 * @param beta2 of the second
 * @param epsilon added to the root of the second moment
 */
public record AdamWOptions(double beta1, double beta2, double epsilon) implements OptimizerOptions {
    /** As language models are trained: β = 0.9, 0.95; ε = 1e-8. PyTorch's own β2 is 0.999. */
    public static final AdamWOptions USUAL = new AdamWOptions(0.9, 0.95, 1e-8);

    public AdamWOptions {
        OptimizerOptions.checkShare("beta1", beta1);
        OptimizerOptions.checkShare("beta2", beta2);
        OptimizerOptions.checkAbove0("epsilon", epsilon);
    }

    static AdamWOptions read(NamedText named, AdamWOptions otherwise) {
        return new AdamWOptions(
                named.number("beta1", otherwise.beta1),
                named.number("beta2", otherwise.beta2),
                named.number("epsilon", otherwise.epsilon));
    }

    @Override
    public Optimizer create(List<Member> members, Workers workers) {
        return new AdamW(this, members, workers);
    }

    @Override
    public double usualLearningRate() {
        return 1e-3;
    }

    String arguments() {
        return "beta1=" + NamedText.plain(beta1) + ",beta2=" + NamedText.plain(beta2) + ",epsilon="
                + NamedText.plain(epsilon);
    }

    @Override
    public String text() {
        return "adamw:" + arguments();
    }
}
