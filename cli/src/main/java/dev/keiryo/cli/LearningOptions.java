package dev.keiryo.cli;

import dev.keiryo.train.TrainOptions;
import dev.keiryo.train.optimize.OptimizerOptions;
import dev.keiryo.train.optimize.ParameterGroup;
import dev.keiryo.train.optimize.Schedule;
import java.util.List;
import picocli.CommandLine.Option;

/** How long a model learns, by which optimizer, at which rates, and how often it is measured and saved. */
final class LearningOptions {
    @Option(
            names = "--steps",
            required = true,
            paramLabel = "N",
            description =
                    "Steps of the optimizer. Gone on with, a run may have others, and another schedule, while its rate is constant.")
    private long steps;

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            description = "Passes whose gradients are summed for a step. Default: ${DEFAULT-VALUE}")
    private int parts = 1;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME:…",
            description = "adamw, adamw-8bit, adafactor, lion, muon or sgd, with arguments. Default: ${DEFAULT-VALUE}")
    private String optimizer = "adamw:beta2=0.95";

    @Option(
            names = "--learning-rate",
            paramLabel = "R",
            description = "The greatest. Default: what is usual for the optimizer")
    private double learningRate;

    @Option(
            names = "--schedule",
            paramLabel = "NAME:…",
            description =
                    "The learning rate's course: constant, linear, cosine, wsd or restarts, with arguments. Default:"
                            + " ${DEFAULT-VALUE}")
    private String schedule = "cosine:warmup=5%,min=0.1";

    @Option(names = "--weight-decay", paramLabel = "R", description = "Of matrices. Default: ${DEFAULT-VALUE}")
    private double decay = 0.1;

    @Option(
            names = "--clip",
            paramLabel = "R",
            description = "The gradient's norm at most, 0 for no limit. Default: ${DEFAULT-VALUE}")
    private double clip = 1;

    @Option(
            names = "--validate-every",
            paramLabel = "N",
            description = "Steps between validations. Default: a twentieth of the run")
    private long validateEvery;

    @Option(
            names = "--save-every",
            paramLabel = "N",
            description = "Steps between checkpoints. Default: a twentieth of the run")
    private long saveEvery;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Ends after so many validations without a better loss. Default: never")
    private int patience;

    int parts() {
        return parts;
    }

    OptimizerOptions optimizer() {
        return OptimizerOptions.parse(optimizer);
    }

    List<ParameterGroup> groups() {
        return ParameterGroup.usual(decay);
    }

    /** Puts in what was not said. */
    void settle() {
        TrainOptions usual = TrainOptions.of(steps, 1, Schedule.parse(schedule));
        learningRate = learningRate > 0 ? learningRate : optimizer().usualLearningRate();
        validateEvery = validateEvery > 0 ? validateEvery : usual.validateEvery();
        saveEvery = saveEvery > 0 ? saveEvery : usual.saveEvery();
    }

    /** After {@link #settle}. */
    TrainOptions options(long seed) {
        return new TrainOptions(
                steps, parts, learningRate, Schedule.parse(schedule), clip, validateEvery, saveEvery, patience, seed);
    }
}
