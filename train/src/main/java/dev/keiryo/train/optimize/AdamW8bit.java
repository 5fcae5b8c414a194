package dev.keiryo.train.optimize;

import static dev.keiryo.train.optimize.WeightBlocks.floats;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link AdamW} whose moments are kept in 8 bits: each step decodes those of a block, computes in float32, and encodes them by
 * {@link DynamicCode} with a scale for every 256. State: 2.03 bytes for each weight, where {@link AdamW} has 8.
 *
 * <p>Source: Dettmers et al. 2021, arXiv:2110.02861. Unlike there, a second moment above 0 is never rounded to 0: a step that ε alone
 * stands below would be as large as the first moment over ε. Embeddings are not treated in their own way.
 */
public final class AdamW8bit extends Optimizer {
    /** A tensor's moments; those of small tensors are plain, without scales. */
    private record Moments(
            boolean plain,
            MemorySegment first,
            MemorySegment firstScales,
            MemorySegment second,
            MemorySegment secondScales) {}

    private final AdamKernel kernel;
    private final WeightBlocks blocks;
    private final List<Moments> moments = new ArrayList<>();
    /** For each thread the moments of a block as they are decoded. */
    private final List<MemorySegment> firsts = new ArrayList<>();

    private final List<MemorySegment> seconds = new ArrayList<>();

    AdamW8bit(AdamW8bitOptions options, List<Member> members, Workers workers) {
        super(members, workers);
        kernel = new AdamKernel(options.adam());
        blocks = WeightBlocks.of(weights());
        for (Weight w : weights()) {
            if (w.count() < options.least()) {
                moments.add(new Moments(
                        true,
                        keepLike(w, "first_moment"),
                        MemorySegment.NULL,
                        keepLike(w, "second_moment"),
                        MemorySegment.NULL));
            } else {
                long scales = 4 * Math.ceilDiv(w.count(), DynamicCode.BLOCK);
                moments.add(new Moments(
                        false,
                        keep(w.name() + ".first_codes", w.count()),
                        keep(w.name() + ".first_scales", scales),
                        keep(w.name() + ".second_codes", w.count()),
                        keep(w.name() + ".second_scales", scales)));
            }
        }
        for (int i = 0; i < workers.size(); i++) {
            firsts.add(scratch(4L * WeightBlocks.SIZE));
            seconds.add(scratch(4L * WeightBlocks.SIZE));
        }
    }

    @Override
    void update(Step step) {
        blocks.run(workers, (block, i, from, count, worker) -> {
            Moments m = moments.get(i);
            MemorySegment first = m.plain ? floats(m.first, from, count) : firsts.get(worker);
            MemorySegment second = m.plain ? floats(m.second, from, count) : seconds.get(worker);
            if (!m.plain) {
                DynamicCode.SIGNED.decode(m.first, m.firstScales, from, count, first);
                DynamicCode.UNSIGNED.decode(m.second, m.secondScales, from, count, second);
            }
            kernel.update(
                    floats(weights().get(i).data(), from, count),
                    floats(step.gradients().get(i), from, count),
                    first,
                    second,
                    count,
                    step.scale(),
                    learningRate(step, i),
                    decay(step, i),
                    step.number());
            if (!m.plain) {
                DynamicCode.SIGNED.encode(first, m.first, m.firstScales, from, count);
                DynamicCode.UNSIGNED.encode(second, m.second, m.secondScales, from, count);
            }
        });
    }
}
