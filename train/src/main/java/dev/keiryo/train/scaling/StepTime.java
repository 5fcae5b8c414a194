package dev.keiryo.train.scaling;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Weights;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ShapeCheckpoint;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.train.Batches;
import dev.keiryo.train.Initialization;
import dev.keiryo.train.NewModel;
import dev.keiryo.train.Objective;
import dev.keiryo.train.RandomWindows;
import dev.keiryo.train.TrainOptions;
import dev.keiryo.train.Trainer;
import dev.keiryo.train.optimize.AdamWOptions;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.optimize.ParameterGroup;
import dev.keiryo.train.optimize.Schedule;
import dev.keiryo.train.tape.Parameters;
import dev.keiryo.train.tape.Tape;
import dev.keiryo.train.tape.TapeOptions;
import java.lang.foreign.Arena;
import java.util.Random;

/** How long a step takes here and now: steps of the same shape with one and with two layers are run, the other layers take as long. */
public final class StepTime {
    private static final int STEPS = 3;

    private StepTime() {}

    /**
     * Seconds of a whole step, forward, back and AdamW, of {@code windows} texts of {@code length} tokens.
     *
     * @param workers the caller's
     */
    public static double seconds(ModelShape shape, int windows, int length, Workers workers) throws FormatException {
        double one = measured(shape.with(1, 0, 0, 0, shape.kvHeads(), 0, 0), windows, length, workers);
        if (shape.layers() == 1) {
            return one;
        }
        double two = measured(shape.with(2, 0, 0, 0, shape.kvHeads(), 0, 0), windows, length, workers);
        return one + (shape.layers() - 1) * Math.max(0, two - one);
    }

    /** The fastest of a few. */
    private static double measured(ModelShape shape, int windows, int length, Workers workers) throws FormatException {
        int[] text = new Random(1).ints(4L * length + 1, 0, shape.vocabulary()).toArray();
        Batches batches = new Objective.NextToken().batches(new RandomWindows(text, length, windows, 1), 1, 1);
        Metadata tokenizer;
        try (ShapeCheckpoint plan = new ShapeCheckpoint(shape, Recipe.F32)) {
            tokenizer = plan.metadata();
        }
        try (Arena arena = Arena.ofShared();
                Parameters parameters = NewModel.of(shape, "step", tokenizer, Initialization.of(1));
                Optimizer optimizer = AdamWOptions.USUAL.create(
                        ParameterGroup.assign(parameters.trained(), ParameterGroup.usual(0.1)), workers);
                Tape<Matrix> tape = Tape.inFloat32(parameters, TapeOptions.of(length), workers)) {
            Trainer trainer = new Trainer(
                    Architectures.read(new Weights(parameters, arena)),
                    tape,
                    optimizer,
                    workers,
                    TrainOptions.of(STEPS, 1e-4, Schedule.parse("constant")));
            double least = Double.MAX_VALUE;
            for (int i = 0; i < STEPS; i++) {
                least = Math.min(least, trainer.step(i, batches).seconds());
            }
            return least;
        }
    }
}
