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
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Steps of one size for every weight:
 *
 * <pre>{@code
 * w = (1 - αλ)·w - α·sign(β1·m + (1 - β1)·g)
 * m = β2·m + (1 - β2)·g
 * }</pre>
 *
 * State: m, 4 bytes for each weight. Chen et al. 2023, arXiv:2302.06675.
 */
public final class Lion extends Optimizer {
    private final LionOptions options;
    private final WeightBlocks blocks;
    private final List<MemorySegment> moments = new ArrayList<>();

    Lion(LionOptions options, List<Member> members, Workers workers) {
        super(members, workers);
        this.options = options;
        blocks = WeightBlocks.of(weights());
        for (Weight w : weights()) {
            moments.add(keepLike(w, "first_moment"));
        }
    }

    @Override
    void update(Step step) {
        blocks.run(
                workers,
                (block, i, from, count, worker) -> update(
                        floats(weights().get(i).data(), from, count),
                        floats(step.gradients().get(i), from, count),
                        floats(moments.get(i), from, count),
                        count,
                        step.scale(),
                        (float) learningRate(step, i),
                        decay(step, i)));
    }

    private void update(
            MemorySegment w, MemorySegment g, MemorySegment m, int n, float scale, float rate, float decay) {
        float b1 = (float) options.beta1();
        float b2 = (float) options.beta2();
        float rest1 = (float) (1 - options.beta1());
        float rest2 = (float) (1 - options.beta2());
        FloatVector beta1 = all(b1);
        FloatVector beta2 = all(b2);
        FloatVector up = all(rate);
        FloatVector none = all(0);
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            long at = 4L * i;
            FloatVector gradient = load(g, at).mul(scale);
            FloatVector moment = load(m, at);
            FloatVector direction = moment.fma(beta1, gradient.mul(rest1));
            FloatVector step = none.blend(up, direction.compare(VectorOperators.GT, 0f))
                    .blend(up.neg(), direction.compare(VectorOperators.LT, 0f));
            store(load(w, at).mul(decay).sub(step), w, at);
            store(moment.fma(beta2, gradient.mul(rest2)), m, at);
        }
        for (int i = whole; i < n; i++) {
            long at = 4L * i;
            float gradient = get(g, at) * scale;
            float moment = get(m, at);
            float direction = Math.fma(moment, b1, gradient * rest1);
            set(w, at, get(w, at) * decay - (direction > 0 ? rate : direction < 0 ? -rate : 0));
            set(m, at, Math.fma(moment, b2, gradient * rest2));
        }
    }
}
