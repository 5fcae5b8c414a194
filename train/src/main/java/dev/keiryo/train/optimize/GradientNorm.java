package dev.keiryo.train.optimize;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import java.util.List;
import java.util.Map;

/**
 * The norm of all gradients together, {@code √Σ g²}, in double precision; and clipping by it. Sums are taken over blocks at fixed places, then over blocks in order: the same
 * bits with any number of threads.
 *
 * @param norm not finite where a gradient is not: such a step is to be left out
 */
public record GradientNorm(double norm) {
    /** As PyTorch has it. */
    private static final double EPSILON = 1e-6;

    /**
     * Of {@code gradients}, in the order of the map.
     *
     * @param factor that gradients are multiplied by before all else, as one over what they were summed over; 1: none
     */
    public static GradientNorm of(Map<String, Matrix> gradients, double factor, Workers workers) {
        List<Matrix> all = List.copyOf(gradients.values());
        WeightBlocks blocks = WeightBlocks.of(
                all.stream().mapToLong(m -> (long) m.rows() * m.cols()).toArray());
        double[] sums = new double[blocks.size()];
        blocks.run(
                workers,
                (block, i, from, count, worker) ->
                        sums[block] = FloatLanes.squares(all.get(i).data(), 4 * from, count));
        double sum = 0;
        for (double s : sums) {
            sum += s;
        }
        return new GradientNorm(Math.abs(factor) * Math.sqrt(sum));
    }

    public boolean isFinite() {
        return Double.isFinite(norm);
    }

    /**
     * What gradients are to be multiplied by so that their norm is at most {@code most}: {@code min(1, most/(norm + 1e-6))}. Pascanu
     * et al. 2013, arXiv:1211.5063.
     *
     * @throws IllegalStateException where the norm is not finite
     */
    public double factor(double most) {
        if (!isFinite()) {
            throw new IllegalStateException("the gradients' norm is " + norm + ": nothing makes that small");
        }
        return Math.min(1, most / (norm + EPSILON));
    }
}
