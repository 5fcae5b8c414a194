package dev.keiryo.train;

/** Where a run's batches come from. The same step and part give the same batch, so that a run can go on anywhere. */
@FunctionalInterface
public interface Batches {
    /**
     * @param step from 0
     * @param part which of the passes whose gradients are summed for one step, from 0
     */
    Microbatch get(long step, int part);
}
