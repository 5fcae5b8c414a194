package dev.keiryo.train.optimize;

import dev.keiryo.kernel.Workers;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.util.List;

/**
 * Of {@link AdamW8bit}.
 *
 * @param adam as for AdamW
 * @param least tensors with fewer numbers keep float32 moments: they take no memory to speak of, and norms and biases suffer most
 */
public record AdamW8bitOptions(AdamWOptions adam, int least) implements OptimizerOptions {
    /** As bitsandbytes has it: from 4,096 numbers on. */
    public static final AdamW8bitOptions USUAL = new AdamW8bitOptions(AdamWOptions.USUAL, 4096);

    public AdamW8bitOptions {
        if (least < 0) {
            throw new IllegalArgumentException("least should be a number of weights, 0 or more, but is " + least);
        }
    }

    static AdamW8bitOptions read(NamedText named) {
        return new AdamW8bitOptions(AdamWOptions.read(named, USUAL.adam), named.whole("least", USUAL.least));
    }

    @Override
    public Optimizer create(List<Member> members, Workers workers) {
        return new AdamW8bit(this, members, workers);
    }

    @Override
    public double usualLearningRate() {
        return adam.usualLearningRate();
    }

    @Override
    public String text() {
        return "adamw-8bit:" + adam.arguments() + ",least=" + least;
    }
}
