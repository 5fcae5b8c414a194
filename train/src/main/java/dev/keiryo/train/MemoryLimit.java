package dev.keiryo.train;

import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.tape.Parameters;
import dev.keiryo.train.tape.TapeMemory;
import dev.keiryo.train.tape.TapeOptions;

/**
 * Chooses how many layers are computed again so that training takes no more than a limit: as few as do, as each costs time. What a
 * choice takes is found by the tape itself on sizes ({@link TapeMemory}).
 *
 * @param bytes for weights, gradients, optimizer and intermediate results together
 */
public record MemoryLimit(long bytes) {
    /**
     * What training takes.
     *
     * @param layers of which only the input is kept
     * @param of how many layers
     * @param weights that are trained, in float32
     * @param gradients a float32 for each
     * @param optimizer what it remembers
     * @param results intermediate results and their gradients
     */
    public record Choice(int layers, int of, long weights, long gradients, long optimizer, long results) {
        /** All of it. */
        public long bytes() {
            return weights + gradients + optimizer + results;
        }
    }

    public MemoryLimit {
        if (bytes < 1) {
            throw new IllegalArgumentException("a limit of memory should be positive, but is " + bytes);
        }
    }

    /**
     * The fewest layers with which training fits, or, where it never does, the number with which it takes least.
     *
     * @param options with any number of layers
     * @param optimizerBytes what the optimizer remembers
     * @param example a batch like all others
     */
    public Choice choose(
            Transformer model,
            Parameters parameters,
            TapeOptions options,
            long optimizerBytes,
            Microbatch example,
            int threads) {
        long weights =
                4 * parameters.trained().stream().mapToLong(Weight::count).sum();
        Choice least = null;
        for (int layers = 0; least == null || layers <= least.of(); layers++) {
            TapeMemory memory = TapeMemory.of(
                    model,
                    parameters,
                    options.withCheckpointedLayers(layers),
                    example.source(),
                    example.tokens(),
                    threads);
            Choice choice =
                    new Choice(layers, memory.layers(), weights, memory.gradients(), optimizerBytes, memory.results());
            if (choice.bytes() <= bytes) {
                return choice;
            }
            if (least == null || choice.bytes() < least.bytes()) {
                least = choice;
            }
        }
        return least;
    }
}
