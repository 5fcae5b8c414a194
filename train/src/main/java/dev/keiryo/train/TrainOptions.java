package dev.keiryo.train;

import dev.keiryo.train.optimize.Schedule;

/**
 * How long and how a run learns.
 *
 * @param steps of the optimizer
 * @param parts passes whose gradients are summed for a step
 * @param learningRate the greatest
 * @param schedule its course
 * @param clip the gradient's norm at most; 0 for no limit
 * @param validateEvery steps between validations
 * @param saveEvery steps between checkpoints
 * @param patience validations without a better loss before the run ends; 0 for no end
 * @param seed of dropout
 */
public record TrainOptions(
        long steps,
        int parts,
        double learningRate,
        Schedule schedule,
        double clip,
        long validateEvery,
        long saveEvery,
        int patience,
        long seed) {
    public TrainOptions {
        if (steps < 1 || parts < 1 || !(learningRate > 0) || !(clip >= 0)) {
            throw new IllegalArgumentException("steps " + steps + ", parts " + parts + ", learning rate " + learningRate
                    + ", clipping " + clip + ": the first three should be positive");
        }
        if (validateEvery < 1 || saveEvery < 1 || patience < 0) {
            throw new IllegalArgumentException("validation every " + validateEvery + " and checkpoints every "
                    + saveEvery + " steps should be 1 or more, patience " + patience + " not negative");
        }
    }

    /** One pass a step, clipped at 1, validated and saved twenty times. */
    public static TrainOptions of(long steps, double learningRate, Schedule schedule) {
        long often = Math.max(1, steps / 20);
        return new TrainOptions(steps, 1, learningRate, schedule, 1, often, often, 0, 1);
    }

    public TrainOptions withParts(int n) {
        return new TrainOptions(steps, n, learningRate, schedule, clip, validateEvery, saveEvery, patience, seed);
    }

    public TrainOptions withEvery(long validate, long save) {
        return new TrainOptions(steps, parts, learningRate, schedule, clip, validate, save, patience, seed);
    }

    public TrainOptions withPatience(int validations) {
        return new TrainOptions(
                steps, parts, learningRate, schedule, clip, validateEvery, saveEvery, validations, seed);
    }

    public TrainOptions withClip(double norm) {
        return new TrainOptions(steps, parts, learningRate, schedule, norm, validateEvery, saveEvery, patience, seed);
    }
}
