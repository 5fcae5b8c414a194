package dev.keiryo.train;

import dev.keiryo.train.data.TokenBatch;

/** Where a run's tokens come from. The same step and part give the same tokens, so that a run can go on anywhere. */
@FunctionalInterface
public interface TokenSource {
    /**
     * @param step from 0
     * @param part which of the passes whose gradients are summed for one step, from 0
     */
    TokenBatch get(long step, int part);
}
