package dev.keiryo.engine;

import dev.keiryo.FormatException;
import dev.keiryo.cache.KvType;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Ops;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.function.UnaryOperator;

/**
 * A model ready to compute: its architecture, its threads and its working memory. Owns the checkpoint. One forward pass
 * at a time; sequences may be as many as memory holds.
 */
public final class Engine implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final Arena arena;
    private final Transformer transformer;
    private final Workers workers;
    private final PackedWeights weights;
    private final EagerOps ops;
    private final KvType kvType;

    private Engine(Checkpoint checkpoint, Arena arena, Transformer transformer, EngineOptions options) {
        this.checkpoint = checkpoint;
        this.arena = arena;
        this.transformer = transformer;
        this.workers = new Workers(options.threads());
        this.weights = new PackedWeights(transformer, options, workers);
        this.ops = new EagerOps(options, workers, weights);
        this.kvType = options.kvType();
    }

    /** Takes over {@code checkpoint}, also where this fails. */
    public static Engine open(Checkpoint checkpoint, EngineOptions options) throws FormatException {
        Arena arena = Arena.ofShared();
        try {
            Transformer transformer = Architectures.read(new Weights(checkpoint, arena));
            return new Engine(checkpoint, arena, transformer, options);
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
        return new Sequence(transformer.shape(), capacity, kvType);
    }

    /**
     * Processes the batch and lets its sequences grow by it.
     *
     * @return the wanted results {@code [outputs, vocab]} (encoders: {@code [outputs, hidden]}), valid until the next
     *     call
     */
    public Matrix forward(Batch batch) {
        return forward(batch, UnaryOperator.identity());
    }

    /**
     * As {@link #forward(Batch)}, through an interpreter that wraps the engine's own: it delegates every operation and
     * may look at inputs and results while the operation lasts. A block must be given to the engine's interpreter as one
     * that runs on the wrapper.
     */
    public synchronized Matrix forward(Batch batch, UnaryOperator<Ops> observer) {
        for (int i = 0; i < batch.count(); i++) {
            requireReady(batch.sequence(i));
        }
        weights.beginPass();
        ops.begin(batch);
        Matrix result = (Matrix) transformer.forward(observer.apply(ops), batch);
        for (int i = 0; i < batch.count(); i++) {
            batch.sequence(i).grow(1);
        }
        return result;
    }

    private void requireReady(Sequence sequence) {
        switch (transformer.kind()) {
            case DECODER -> {}
            case ENCODER -> {
                if (sequence.length() > 0) {
                    throw new IllegalArgumentException("an encoder takes a text at once, but the sequence holds "
                            + sequence.length() + " tokens; truncate it to 0");
                }
            }
            case ENCODER_DECODER -> {
                if (!sequence.encoded()) {
                    throw new IllegalArgumentException("the decoder has no text to attend to; encode one first");
                }
            }
        }
    }

    /**
     * Encoder-decoders: encodes {@code ids} for {@code sequence}, which must be empty; the decoder then starts at
     * position 0. Replaces what was encoded before.
     */
    public synchronized void encode(Sequence sequence, int[] ids) {
        if (sequence.length() > 0) {
            throw new IllegalArgumentException("the sequence holds " + sequence.length()
                    + " decoded tokens, which belong to the text encoded before; truncate it to 0");
        }
        Batch batch = Batch.of(sequence, ids, Batch.Output.NONE);
        sequence.startEncoding();
        ops.begin(batch);
        transformer.encode(ops, batch);
        sequence.endEncoding();
    }

    @Override
    public synchronized void close() {
        workers.close();
        ops.close();
        weights.close();
        arena.close();
        checkpoint.close();
    }
}
