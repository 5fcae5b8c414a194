package dev.keiryo.train.optimize;

import static dev.keiryo.train.optimize.WeightBlocks.floats;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Second moments of a matrix from averages over its rows and its columns alone:
 *
 * <pre>{@code
 * β2 = 1 - t^-decay
 * R = β2·R + (1 - β2)·(mean over columns of g² + ε1),  C likewise over rows
 * u = g/√(R·C/mean(R))                    of a vector: g/√v, v = β2·v + (1 - β2)·(g² + ε1)
 * u = u/max(1, rms(u)/d)
 * a = α·max(ε2, rms(w))                   relative: times min(0.01, 1/√t)
 * w = (1 - aλ)·w - a·u                    with a first moment: - m, m = β1·m + (1 - β1)·a·u
 * }</pre>
 *
 * The last two dimensions of a tensor are factored, those before them count matrices; root mean squares are the whole tensor's. State: 4 bytes for each row
 * and column, with a first moment 4 for each weight. Shazeer and Stern 2018, arXiv:1804.04235; decay as fairseq has it.
 */
public final class Adafactor extends Optimizer {
    /** Rows of a block at least: sums over a block's columns take as much memory as one row. */
    private static final int LEAST_ROWS = 64;

    private final AdafactorOptions options;
    private final List<FactoredMoment> parts = new ArrayList<>();
    private final List<@Nullable MemorySegment> firsts = new ArrayList<>();
    private final WeightBlocks blocks;
    /** By block: {@code Σ u²} and {@code Σ w²}. */
    private final double[] updates;

    private final double[] sizes;

    Adafactor(AdafactorOptions options, List<Member> members, Workers workers) {
        super(members, workers);
        this.options = options;
        List<Integer> steps = new ArrayList<>();
        for (int i = 0; i < weights().size(); i++) {
            Weight w = weights().get(i);
            firsts.add(options.beta1() > 0 ? keepLike(w, "first_moment") : null);
            int cols = w.cols();
            int dimensions = w.shape().length;
            if (dimensions < 2) {
                parts.add(new FactoredMoment(i, 0, cols, 1, keepLike(w, "second_moment"), null, WeightBlocks.SIZE));
                steps.add(WeightBlocks.SIZE);
                continue;
            }
            int rows = Math.toIntExact(w.shape()[dimensions - 2]);
            int step = Math.max(LEAST_ROWS, WeightBlocks.SIZE / Math.max(1, cols));
            int matrices = rows == 0 ? 0 : w.rows() / rows;
            MemorySegment rowMeans = keep(w.name() + ".rows", 4L * w.rows());
            MemorySegment columnMeans = keep(w.name() + ".columns", 4L * matrices * cols);
            for (int m = 0; m < matrices; m++) {
                parts.add(new FactoredMoment(
                        i,
                        (long) m * rows * cols,
                        rows,
                        cols,
                        floats(rowMeans, (long) m * rows, rows),
                        new FactoredMoment.Columns(
                                floats(columnMeans, (long) m * cols, cols),
                                scratch(4L * cols),
                                scratch(4L * cols * Math.ceilDiv(rows, step))),
                        step));
                steps.add(step * cols);
            }
        }
        blocks = WeightBlocks.of(
                parts.stream().mapToLong(FactoredMoment::count).toArray(),
                steps.stream().mapToInt(Integer::intValue).toArray());
        updates = new double[blocks.size()];
        sizes = new double[blocks.size()];
    }

    @Override
    void update(Step step) {
        double beta2 = 1 - Math.pow((double) step.number(), -options.decay());
        float epsilon = (float) options.epsilon1();
        blocks.run(workers, (block, i, from, count, worker) -> {
            FactoredMoment p = parts.get(i);
            p.observe(gradient(step, p), step.scale(), beta2, epsilon, (int) (from / p.cols()), count / p.cols());
        });
        workers.run(parts.size(), 1, (from, to, worker) -> {
            for (int i = from; i < to; i++) {
                parts.get(i).finish(beta2, epsilon);
            }
        });
        blocks.run(workers, (block, i, from, count, worker) -> {
            FactoredMoment p = parts.get(i);
            updates[block] = p.squares(gradient(step, p), step.scale(), (int) (from / p.cols()), count / p.cols());
            sizes[block] = FloatLanes.squares(weights().get(p.owner()).data(), 4 * (p.from() + from), count);
        });
        float[] rates = new float[weights().size()];
        float[] decays = new float[rates.length];
        float[] factors = new float[rates.length];
        rates(step, rates, decays, factors);
        blocks.run(workers, (block, i, from, count, worker) -> {
            FactoredMoment p = parts.get(i);
            int o = p.owner();
            MemorySegment first = firsts.get(o);
            p.apply(
                    floats(weights().get(o).data(), p.from(), Math.toIntExact(p.count())),
                    gradient(step, p),
                    first == null ? null : floats(first, p.from(), Math.toIntExact(p.count())),
                    (float) options.beta1(),
                    step.scale() * factors[o],
                    rates[o],
                    decays[o],
                    (int) (from / p.cols()),
                    count / p.cols());
        });
    }

    private static MemorySegment gradient(Step step, FactoredMoment p) {
        return step.gradients().get(p.owner()).asSlice(4 * p.from(), 4 * p.count());
    }

    /** For each weight: a, {@code 1 - aλ}, and what clipping multiplies updates by. */
    private void rates(Step step, float[] rates, float[] decays, float[] factors) {
        double relative = options.relative() ? Math.min(1e-2, 1 / Math.sqrt((double) step.number())) : 1;
        double[] update = new double[rates.length];
        double[] size = new double[rates.length];
        for (int i = 0; i < parts.size(); i++) {
            for (int b = blocks.first(i); b < blocks.first(i + 1); b++) {
                update[parts.get(i).owner()] += updates[b];
                size[parts.get(i).owner()] += sizes[b];
            }
        }
        for (int i = 0; i < rates.length; i++) {
            long count = weights().get(i).count();
            double rate = learningRate(step, i) * relative * Math.max(options.epsilon2(), Math.sqrt(size[i] / count));
            rates[i] = (float) rate;
            decays[i] = (float) (1 - rate * group(i).weightDecay());
            factors[i] = (float) (1 / Math.max(1, Math.sqrt(update[i] / count) / options.clip()));
        }
    }
}
