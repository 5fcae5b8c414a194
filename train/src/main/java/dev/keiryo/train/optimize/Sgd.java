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

/**
 * Stochastic gradient descent:
 *
 * <pre>{@code
 * d = g + λ·w
 * m = μ·m + d
 * w = w - α·m            with Nesterov's momentum  w - α·(d + μ·m)
 * }</pre>
 *
 * As PyTorch has it: decay is not decoupled. State: m, 4 bytes for each weight; none without momentum. Sutskever et al. 2013, On the
 * importance of initialization and momentum in deep learning.
 */
public final class Sgd extends Optimizer {
    private final SgdOptions options;
    private final WeightBlocks blocks;
    private final List<MemorySegment> moments = new ArrayList<>();

    Sgd(SgdOptions options, List<Member> members, Workers workers) {
        super(members, workers);
        this.options = options;
        blocks = WeightBlocks.of(weights());
        for (Weight w : options.momentum() > 0 ? weights() : List.<Weight>of()) {
            moments.add(keepLike(w, "momentum"));
        }
    }

    @Override
    void update(Step step) {
        blocks.run(workers, (block, i, from, count, worker) -> {
            MemorySegment w = floats(weights().get(i).data(), from, count);
            MemorySegment g = floats(step.gradients().get(i), from, count);
            float rate = (float) learningRate(step, i);
            float lambda = (float) group(i).weightDecay();
            if (moments.isEmpty()) {
                update(w, g, count, step.scale(), rate, lambda);
            } else {
                update(w, g, floats(moments.get(i), from, count), count, step.scale(), rate, lambda);
            }
        });
    }

    private static void update(MemorySegment w, MemorySegment g, int n, float scale, float rate, float lambda) {
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            long at = 4L * i;
            FloatVector weight = load(w, at);
            FloatVector direction = weight.fma(all(lambda), load(g, at).mul(scale));
            store(direction.fma(all(-rate), weight), w, at);
        }
        for (int i = whole; i < n; i++) {
            long at = 4L * i;
            float weight = get(w, at);
            set(w, at, Math.fma(Math.fma(weight, lambda, get(g, at) * scale), -rate, weight));
        }
    }

    private void update(
            MemorySegment w, MemorySegment g, MemorySegment m, int n, float scale, float rate, float lambda) {
        float momentum = (float) options.momentum();
        boolean nesterov = options.nesterov();
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            long at = 4L * i;
            FloatVector weight = load(w, at);
            FloatVector direction = weight.fma(all(lambda), load(g, at).mul(scale));
            FloatVector moment = load(m, at).fma(all(momentum), direction);
            store(moment, m, at);
            FloatVector step = nesterov ? moment.fma(all(momentum), direction) : moment;
            store(step.fma(all(-rate), weight), w, at);
        }
        for (int i = whole; i < n; i++) {
            long at = 4L * i;
            float weight = get(w, at);
            float direction = Math.fma(weight, lambda, get(g, at) * scale);
            float moment = Math.fma(get(m, at), momentum, direction);
            set(m, at, moment);
            float step = nesterov ? Math.fma(moment, momentum, direction) : moment;
            set(w, at, Math.fma(step, -rate, weight));
        }
    }
}
