package dev.keiryo.engine;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;

/**
 * A model ready to compute: its architecture, its threads and its working memory. Owns the checkpoint. One forward pass
 * at a time; sequences may be as many as memory holds.
 */
public final class Engine implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final Arena arena;
    private final Transformer transformer;
    private final Workers workers;
    private final EagerOps ops;

    private Engine(Checkpoint checkpoint, Arena arena, Transformer transformer, Kernels kernels, int threads) {
        this.checkpoint = checkpoint;
        this.arena = arena;
        this.transformer = transformer;
        this.workers = new Workers(threads);
        this.ops = new EagerOps(kernels, workers);
    }

    /**
     * Takes over {@code checkpoint}, also where this fails.
     *
     * @param threads how many threads compute, at least 1
     */
    public static Engine open(Checkpoint checkpoint, Kernels kernels, int threads) throws FormatException {
        Arena arena = Arena.ofShared();
        try {
            Transformer transformer = Architectures.read(new Weights(checkpoint, arena));
            return new Engine(checkpoint, arena, transformer, kernels, threads);
        } catch (FormatException | RuntimeException e) {
            arena.close();
            checkpoint.close();
            throw e;
        }
    }

    public Checkpoint checkpoint() {
        return checkpoint;
    }

    public Transformer transformer() {
        return transformer;
    }

    public int threads() {
        return workers.size();
    }

    /** An empty sequence that may grow to {@code capacity} tokens. The caller closes it. */
    public Sequence newSequence(int capacity) {
        return new Sequence(transformer.shape().cacheSlots(), capacity);
    }

    /**
     * Processes the batch and lets its sequences grow by it.
     *
     * @return the wanted results {@code [outputs, vocab]} (encoders: {@code [outputs, hidden]}), valid until the next
     *     call
     */
    public synchronized Matrix forward(Batch batch) {
        ops.begin(batch);
        Matrix result = (Matrix) transformer.forward(ops, batch);
        for (int i = 0; i < batch.count(); i++) {
            batch.sequence(i).grow(1);
        }
        return result;
    }

    /**
     * Encoder-decoders: encodes {@code ids} for {@code sequence}, which must be empty; the decoder then starts at
     * position 0.
     */
    public synchronized void encode(Sequence sequence, int[] ids) {
        Batch batch = Batch.of(sequence, ids, Batch.Output.NONE);
        ops.begin(batch);
        transformer.encode(ops, batch);
    }

    @Override
    public synchronized void close() {
        workers.close();
        ops.close();
        arena.close();
        checkpoint.close();
    }
}
