package dev.keiryo.train.optimize;

import static dev.keiryo.train.optimize.FloatLanes.F;
import static dev.keiryo.train.optimize.FloatLanes.all;
import static dev.keiryo.train.optimize.FloatLanes.get;
import static dev.keiryo.train.optimize.FloatLanes.load;
import static dev.keiryo.train.optimize.FloatLanes.set;
import static dev.keiryo.train.optimize.FloatLanes.store;
import static dev.keiryo.train.optimize.WeightBlocks.floats;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import jdk.incubator.vector.FloatVector;

/**
 * An exponential moving average of weights: {@code a = d·a + (1 - d)·w} after each step, {@code d = min(decay, (1 + t)/(10 + t))} with
 * t the updates made before, so that it soon forgets where it began. Polyak and Juditsky 1992, doi:10.1137/0330046; the beginning as
 * TensorFlow has it. 4 bytes for each weight.
 */
public final class Ema implements AutoCloseable {
    private final List<Weight> weights;
    private final double decay;
    private final Workers workers;
    private final WeightBlocks blocks;
    private final StateTensors state = new StateTensors();
    private final List<MemorySegment> averages = new ArrayList<>();
    private long steps;
    private boolean swapped;

    /**
     * Begins with the weights as they are.
     *
     * @param weights float32 that stay open as long as this
     * @param decay from 0 up to 1, but not 1; usually 0.99 to 0.9999
     */
    public Ema(Collection<Weight> weights, double decay, Workers workers) {
        OptimizerOptions.checkShare("the decay of the weights' average", decay);
        this.weights = List.copyOf(weights);
        this.decay = decay;
        this.workers = workers;
        blocks = WeightBlocks.of(this.weights);
        for (Weight w : this.weights) {
            averages.add(state.keep(w.name() + ".average", w.data().byteSize()).copyFrom(w.data()));
        }
    }

    /** Takes up the weights as they are now. */
    public void update() {
        checkInPlace();
        float share = (float) (1 - Math.min(decay, (1.0 + steps) / (10.0 + steps)));
        steps++;
        blocks.run(
                workers,
                (block, i, from, count, worker) -> approach(
                        floats(averages.get(i), from, count),
                        floats(weights.get(i).data(), from, count),
                        share,
                        count));
    }

    private static void approach(MemorySegment a, MemorySegment w, float share, int n) {
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            FloatVector average = load(a, 4L * i);
            store(load(w, 4L * i).sub(average).fma(all(share), average), a, 4L * i);
        }
        for (int i = whole; i < n; i++) {
            float average = get(a, 4L * i);
            set(a, 4L * i, Math.fma(get(w, 4L * i) - average, share, average));
        }
    }

    /** Exchanges weights and averages: what runs the model then sees these. Called again, it puts both back. */
    public void swap() {
        swapped = !swapped;
        blocks.run(
                workers,
                (block, i, from, count, worker) -> exchange(
                        floats(averages.get(i), from, count),
                        floats(weights.get(i).data(), from, count),
                        count));
    }

    private static void exchange(MemorySegment a, MemorySegment b, int n) {
        for (int i = 0; i < n; i++) {
            float x = get(a, 4L * i);
            set(a, 4L * i, get(b, 4L * i));
            set(b, 4L * i, x);
        }
    }

    private void checkInPlace() {
        if (swapped) {
            throw new IllegalStateException("weights and averages are swapped; swap them back first");
        }
    }

    /** Updates that were made. */
    public long steps() {
        return steps;
    }

    /** The averages by name, little-endian float32: its own memory. */
    public Map<String, MemorySegment> state() {
        checkInPlace();
        return state.all();
    }

    /**
     * Goes on from a saved state.
     *
     * @throws IllegalArgumentException where it is that of other weights; then nothing has been changed
     */
    public void restore(Map<String, MemorySegment> saved, long steps) {
        checkInPlace();
        state.restore(saved);
        this.steps = steps;
    }

    @Override
    public void close() {
        state.close();
    }
}
