package dev.keiryo.train.optimize;

import dev.keiryo.kernel.Workers;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.util.List;

/**
 * Which optimizer, and its numbers; weight decay is the {@link ParameterGroup}s'.
 *
 * <p>As text, for command lines and recipes: {@code adamw}, {@code adamw:beta2=0.95,epsilon=1e-8}, {@code adamw-8bit},
 * {@code adafactor:beta1=0.9,relative=false}, {@code lion}, {@code muon:momentum=0.95,scaling=adamw}, {@code sgd:momentum=0.9,nesterov=true}. {@link #text}
 * gives what {@link #parse} reads.
 */
public sealed interface OptimizerOptions
        permits AdamWOptions, AdamW8bitOptions, AdafactorOptions, LionOptions, MuonOptions, SgdOptions {
    /**
     * The optimizer, before its first step.
     *
     * @param members float32 weights that can be written, with their groups
     */
    Optimizer create(List<Member> members, Workers workers);

    /** A peak learning rate to begin a search with, for small language models. */
    double usualLearningRate();

    /** As {@link #parse} reads it, with all arguments. */
    String text();

    /** @throws IllegalArgumentException which says what there is, where {@code text} names no optimizer, or gives it what it has not */
    static OptimizerOptions parse(String text) {
        NamedText named = new NamedText(text);
        OptimizerOptions options = switch (named.name()) {
            case "adamw" -> AdamWOptions.read(named, AdamWOptions.USUAL);
            case "adamw-8bit", "adamw8bit" -> AdamW8bitOptions.read(named);
            case "adafactor" -> AdafactorOptions.read(named);
            case "lion" -> LionOptions.read(named);
            case "muon" -> MuonOptions.read(named);
            case "sgd" -> SgdOptions.read(named);
            default ->
                throw new IllegalArgumentException("there is no optimizer '" + named.name()
                        + "'; there are adamw, adamw-8bit, adafactor, lion, muon, sgd");
        };
        named.finish();
        return options;
    }

    /** A share of what is remembered: from 0 up to 1, but not 1. */
    static void checkShare(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " should be between 0 and 1, and below 1, but is " + value);
        }
    }

    static void checkAbove0(String name, double value) {
        if (!(value > 0 && Double.isFinite(value))) {
            throw new IllegalArgumentException(name + " should be a number above 0, but is " + value);
        }
    }
}
