package dev.keiryo.train.optimize;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Changes weights by their gradients. What it remembers of earlier steps lies in memory outside the heap, is named and can be
 * saved; restored, it goes on with the same bits. So it does with any number of threads. Made by {@link OptimizerOptions#create}.
 *
 * <p>In the equations w is a weight, g its gradient times the step's factor, α the learning rate times that of the weight's
 * {@link ParameterGroup}, λ the group's weight decay, and t the number of the step, from 1 on.
 */
public abstract sealed class Optimizer implements AutoCloseable permits AdamW, AdamW8bit, Adafactor, Lion, Muon, Sgd {
    private final List<Member> members;
    private final List<Weight> weights;
    private final StateTensors state = new StateTensors();
    final Workers workers;
    private long steps;

    /**
     * @param members float32 in memory that can be written, which stays open as long as this
     * @param workers the caller's; no job runs on them during a step
     */
    Optimizer(List<Member> members, Workers workers) {
        this.members = List.copyOf(members);
        this.weights = this.members.stream().map(Member::weight).toList();
        this.workers = workers;
        for (Weight w : weights) {
            if (w.type() != TensorType.F32 || w.data().isReadOnly() || !w.data().isNative()) {
                throw new IllegalArgumentException(
                        w + " should be F32 in memory outside the heap that can be written, to be trained");
            }
        }
    }

    /** A step: gradients in the order of the weights. */
    record Step(List<MemorySegment> gradients, double learningRate, float scale, long number) {}

    /**
     * Changes all weights once.
     *
     * @param gradients by name, of the weights' shapes; not changed
     * @param learningRate the schedule's factor times the peak, 0 or more
     * @param factor what gradients are multiplied by as they are read: {@link GradientNorm#factor}, one over what they were summed
     *     over, or 1
     * @throws IllegalArgumentException where a gradient is missing or of another shape; then nothing has been changed
     */
    public final void step(Map<String, Matrix> gradients, double learningRate, double factor) {
        if (!(learningRate >= 0 && Double.isFinite(learningRate)) || !Double.isFinite(factor)) {
            throw new IllegalArgumentException("the learning rate is " + learningRate + " and the gradients' factor "
                    + factor + ": both should be finite, and the rate not below 0");
        }
        List<MemorySegment> ordered = new ArrayList<>();
        for (Weight w : weights) {
            Matrix g = gradients.get(w.name());
            if (g == null || g.rows() != w.rows() || g.cols() != w.cols()) {
                throw new IllegalArgumentException("the gradient of " + w + " is " + (g == null ? "missing" : g));
            }
            ordered.add(g.data());
        }
        steps++;
        update(new Step(ordered, learningRate, (float) factor, steps));
    }

    abstract void update(Step step);

    /** Zeros that belong to the state. */
    final MemorySegment keep(String name, long bytes) {
        return state.keep(name, bytes);
    }

    /** Float32 zeros that belong to the state, as many as {@code w} has numbers. */
    final MemorySegment keepLike(Weight w, String what) {
        return keep(w.name() + "." + what, 4 * w.count());
    }

    /** Zeros that are no state: nothing in them outlasts a step. */
    final MemorySegment scratch(long bytes) {
        return state.scratch(bytes);
    }

    final List<Weight> weights() {
        return weights;
    }

    final ParameterGroup group(int index) {
        return members.get(index).group();
    }

    /** α. */
    final double learningRate(Step step, int index) {
        return step.learningRate() * group(index).learningRate();
    }

    /** {@code 1 - αλ}: what decoupled decay leaves of a weight. */
    final float decay(Step step, int index) {
        return (float) (1 - learningRate(step, index) * group(index).weightDecay());
    }

    /** Steps that were made. */
    public final long steps() {
        return steps;
    }

    /** The weights and how they are trained, in order. */
    public final List<Member> members() {
        return members;
    }

    /** All that it remembers but {@link #steps}, by name: its own memory, which a step changes. Little-endian float32, or bytes. */
    public final Map<String, MemorySegment> state() {
        return state.all();
    }

    /** Bytes of {@link #state}. */
    public final long stateBytes() {
        return state.all().values().stream().mapToLong(MemorySegment::byteSize).sum();
    }

    /**
     * Goes on from a saved state.
     *
     * @param saved what {@link #state} held; copied
     * @param steps what {@link #steps} was
     * @throws IllegalArgumentException where it is the state of another optimizer, or of other weights; then nothing has been changed
     */
    public final void restore(Map<String, MemorySegment> saved, long steps) {
        if (steps < 0) {
            throw new IllegalArgumentException("the number of steps made should be 0 or more, but is " + steps);
        }
        state.restore(saved);
        this.steps = steps;
    }

    /** Frees the state. */
    @Override
    public void close() {
        state.close();
    }
}
