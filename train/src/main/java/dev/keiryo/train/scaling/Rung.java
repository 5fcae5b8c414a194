package dev.keiryo.train.scaling;

import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Weights;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.train.Batches;
import dev.keiryo.train.Initialization;
import dev.keiryo.train.Microbatch;
import dev.keiryo.train.NewModel;
import dev.keiryo.train.Progress;
import dev.keiryo.train.TrainOptions;
import dev.keiryo.train.Trainer;
import dev.keiryo.train.TrainingRun;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.optimize.OptimizerOptions;
import dev.keiryo.train.optimize.ParameterGroup;
import dev.keiryo.train.optimize.Schedule;
import dev.keiryo.train.tape.Parameters;
import dev.keiryo.train.tape.Tape;
import dev.keiryo.train.tape.TapeOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * One training of a ladder: a size and a number of steps, with a learning rate that falls to its least at the end, as the loss of a
 * run that was to go on would be too high.
 *
 * @param model what is trained
 * @param steps of {@code tokensOfStep} tokens
 */
public record Rung(SizedShape model, long steps, long tokensOfStep) {
    /** AdamW as usual for small models. */
    private static final OptimizerOptions OPTIMIZER = OptimizerOptions.parse("adamw:beta2=0.95");

    private static final String SCHEDULE = "cosine:warmup=5%,min=0.1";
    private static final double DECAY = 0.1;

    public Rung {
        if (steps < 1 || tokensOfStep < 1) {
            throw new IllegalArgumentException(
                    "a training has at least a step of a token, not " + steps + " of " + tokensOfStep);
        }
    }

    /** Layers, width and tokens: names its folder. */
    public String name() {
        ModelShape s = model.shape();
        return s.layers() + "x" + s.hidden() + "-" + steps * tokensOfStep;
    }

    /**
     * What all trainings of a ladder share.
     *
     * @param tokenizer metadata with its keys
     * @param data what {@code batches} come from, in words; a folder of other data is refused
     */
    public record Setting(
            Path folder,
            Metadata tokenizer,
            Batches batches,
            Microbatch[] measured,
            int length,
            double learningRate,
            long seed,
            String data) {}

    /** Trains, or goes on where an earlier process ended, or only reads what it came to. */
    public ScalingPoint run(Setting setting, Workers workers, TrainingRun.Listener listener) throws IOException {
        TrainOptions usual = TrainOptions.of(steps, setting.learningRate(), Schedule.parse(SCHEDULE));
        TrainOptions options = new TrainOptions(
                steps, 1, usual.learningRate(), usual.schedule(), 1, steps, Math.max(1, steps / 4), 0, setting.seed());
        try (Arena arena = Arena.ofShared();
                Parameters parameters =
                        NewModel.of(model.shape(), "keiryo", setting.tokenizer(), Initialization.of(setting.seed()));
                Optimizer optimizer = OPTIMIZER.create(
                        ParameterGroup.assign(parameters.trained(), ParameterGroup.usual(DECAY)), workers);
                Tape<Matrix> tape = Tape.inFloat32(parameters, TapeOptions.of(setting.length()), workers)) {
            Trainer trainer =
                    new Trainer(Architectures.read(new Weights(parameters, arena)), tape, optimizer, workers, options);
            String recipe = String.join(
                    " ",
                    model.shape().toString(),
                    "steps=" + steps,
                    OPTIMIZER.text(),
                    "rate=" + setting.learningRate(),
                    SCHEDULE,
                    "decay=" + DECAY,
                    "seed=" + setting.seed(),
                    setting.data());
            Progress progress = new TrainingRun(
                            setting.folder().resolve(name()), parameters, trainer, optimizer, options, recipe)
                    .run(setting.batches(), setting.measured(), listener);
            return new ScalingPoint(model.parameters(), steps * tokensOfStep, progress.bestLoss());
        }
    }
}
