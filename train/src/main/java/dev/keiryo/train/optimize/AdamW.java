package dev.keiryo.train.optimize;

import static dev.keiryo.train.optimize.WeightBlocks.floats;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Adam with decoupled weight decay:
 *
 * <pre>{@code
 * m = β1·m + (1 - β1)·g
 * v = β2·v + (1 - β2)·g²
 * w = (1 - αλ)·w - α/(1 - β1ᵗ) · m/(√v/√(1 - β2ᵗ) + ε)
 * }</pre>
 *
 * State: m and v, 8 bytes for each weight. Loshchilov and Hutter 2017, arXiv:1711.05101; bias correction as PyTorch has it.
 */
public final class AdamW extends Optimizer {
    private final AdamKernel kernel;
    private final WeightBlocks blocks;
    private final List<MemorySegment> first = new ArrayList<>();
    private final List<MemorySegment> second = new ArrayList<>();

    AdamW(AdamWOptions options, List<Member> members, Workers workers) {
        super(members, workers);
        kernel = new AdamKernel(options);
        blocks = WeightBlocks.of(weights());
        for (Weight w : weights()) {
            first.add(keepLike(w, "first_moment"));
            second.add(keepLike(w, "second_moment"));
        }
    }

    @Override
    void update(Step step) {
        blocks.run(
                workers,
                (block, i, from, count, worker) -> kernel.update(
                        floats(weights().get(i).data(), from, count),
                        floats(step.gradients().get(i), from, count),
                        floats(first.get(i), from, count),
                        floats(second.get(i), from, count),
                        count,
                        step.scale(),
                        learningRate(step, i),
                        decay(step, i),
                        step.number()));
    }
}
