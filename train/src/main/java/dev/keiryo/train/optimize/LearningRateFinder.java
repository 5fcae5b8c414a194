package dev.keiryo.train.optimize;

import dev.keiryo.tensor.Weight;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A learning-rate range test: training steps at rates that grow from {@code from} to {@code to}, each by the same factor, until the loss
 * gets out of hand. Smith 2015, arXiv:1506.01186.
 *
 * @param steps at most, at least 2
 * @param smoothing share of the smoothed loss that is kept from step to step
 * @param limit the loss has diverged when, smoothed, it is above its least value times this, and above its first
 */
public record LearningRateFinder(double from, double to, int steps, double smoothing, double limit) {
    /** A hundred steps from 1e-7 to 10. */
    public static final LearningRateFinder USUAL = new LearningRateFinder(1e-7, 10, 100, 0.9, 1.5);

    public LearningRateFinder {
        OptimizerOptions.checkAbove0("the least learning rate", from);
        OptimizerOptions.checkShare("smoothing", smoothing);
        if (!(to > from && Double.isFinite(to))) {
            throw new IllegalArgumentException(
                    "the largest learning rate should be above the least, " + from + ", but is " + to);
        }
        if (steps < 2) {
            throw new IllegalArgumentException("a range test takes at least 2 steps, not " + steps);
        }
        if (!(limit > 1)) {
            throw new IllegalArgumentException("the limit is a factor above 1, but is " + limit);
        }
    }

    /** A training step of the caller's. */
    @FunctionalInterface
    public interface Trial<E extends Exception> {
        /** Trains one step at {@code learningRate}; returns the loss that was found before weights changed. */
        double step(double learningRate) throws E;
    }

    /**
     * Runs the test, then puts back the optimizer's weights and state as they were, also where a step fails. Whatever else a step
     * changes, the data's place above all, is the caller's to put back.
     */
    public <E extends Exception> LossCurve run(Optimizer optimizer, Trial<E> trial) throws E {
        try (Arena arena = Arena.ofConfined()) {
            Map<String, MemorySegment> weights = new LinkedHashMap<>();
            for (Member m : optimizer.members()) {
                weights.put(m.weight().name(), copy(arena, m.weight().data()));
            }
            Map<String, MemorySegment> state = new LinkedHashMap<>();
            optimizer.state().forEach((name, data) -> state.put(name, copy(arena, data)));
            long made = optimizer.steps();
            try {
                return sweep(trial);
            } finally {
                for (Member m : optimizer.members()) {
                    Weight w = m.weight();
                    w.data().copyFrom(weights.getOrDefault(w.name(), w.data()));
                }
                optimizer.restore(state, made);
            }
        }
    }

    private static MemorySegment copy(Arena arena, MemorySegment data) {
        return arena.allocate(data.byteSize(), 64).copyFrom(data);
    }

    private <E extends Exception> LossCurve sweep(Trial<E> trial) throws E {
        List<LossCurve.Point> points = new ArrayList<>();
        double average = 0;
        double weight = 0;
        double least = Double.POSITIVE_INFINITY;
        boolean diverged = false;
        for (int i = 0; i < steps && !diverged; i++) {
            double rate = from * Math.pow(to / from, (double) i / (steps - 1));
            double loss = trial.step(rate);
            average = smoothing * average + (1 - smoothing) * loss;
            weight = smoothing * weight + (1 - smoothing);
            double smoothed = average / weight;
            diverged = !Double.isFinite(loss)
                    || (i > 0
                            && smoothed > least * limit
                            && smoothed > points.getFirst().smoothed());
            points.add(new LossCurve.Point(rate, loss, smoothed));
            least = Math.min(least, smoothed);
        }
        return new LossCurve(points, diverged);
    }
}
