package dev.keiryo.engine;

import dev.keiryo.FormatException;
import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.KvType;
import dev.keiryo.cache.OutOfPagesException;
import dev.keiryo.cache.PagePool;
import dev.keiryo.cache.PrefixTree;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.cost.CacheLayout;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Ops;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

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
    private final boolean kvRotation;
    private final ActivationType activations;
    private final CacheLayout layout;
    private final PagePool pool;
    /** Null where nothing is kept of ended texts. */
    private final @Nullable PrefixTree prefixes;

    private Engine(Checkpoint checkpoint, Arena arena, Transformer transformer, EngineOptions options)
            throws FormatException {
        InputScales scales = InputScales.of(options, checkpoint.metadata(), transformer);
        this.checkpoint = checkpoint;
        this.arena = arena;
        this.transformer = transformer;
        this.workers = new Workers(options.threads());
        this.weights = new PackedWeights(transformer, Path.of(checkpoint.source()), options, workers);
        this.ops = new EagerOps(options, scales, workers, weights);
        this.kvType = options.kvType();
        this.kvRotation = options.kvRotation();
        this.activations = options.activations();
        this.layout = CacheLayout.of(transformer);
        this.pool = new PagePool(options.kvMemory());
        int[] windows =
                layout.slots().stream().mapToInt(CacheLayout.Slot::window).toArray();
        this.prefixes = options.prefixMemory() > 0 && transformer.kind() == Transformer.Kind.DECODER
                ? new PrefixTree(pool, windows, options.prefixMemory())
                : null;
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

    /** What the model keeps of each token. */
    public CacheLayout layout() {
        return layout;
    }

    /** How keys and values are kept. */
    public KvType kvType() {
        return kvType;
    }

    /** Whether they are kept transformed: {@link EngineOptions#kvRotation}. */
    public boolean kvRotation() {
        return kvRotation;
    }

    /** What inputs of matrix products are rounded to: {@link EngineOptions#activations}. */
    public ActivationType activations() {
        return activations;
    }

    /** The memory of all sequences' keys and values. */
    public PagePool pool() {
        return pool;
    }

    /**
     * Bytes that the keys and values of a sequence of {@code tokens} take at most, sharing nothing, where it is fed
     * {@code chunk} tokens at a time.
     */
    public long cacheBytes(int tokens, int chunk) {
        long bytes = 0;
        for (CacheLayout.Slot slot :
                layout.slots().subList(0, transformer.shape().cacheSlots())) {
            // What a window no longer sees is kept for up to two pages more: a part of one, and one to cut back by.
            long held = slot.window() == 0
                    ? tokens
                    : Math.min(tokens, slot.window() + Math.max(1L, chunk) + 2L * KvCache.PAGE);
            bytes += Math.ceilDiv(held, KvCache.PAGE) * slot.pageBytes(kvType);
        }
        return bytes;
    }

    /** An empty sequence that may grow to {@code capacity} tokens. The caller closes it. */
    public Sequence newSequence(int capacity) {
        return new Sequence(
                transformer,
                layout,
                kvRotation,
                capacity,
                new KvCache(layout.slots().size(), kvType, pool));
    }

    /**
     * Gives {@code sequence}, which is empty, as many of the first tokens of {@code text} as are known from texts before
     * ({@link #keep}), but never all: the last one's result is still to be computed. What follows is, to the bit, what it would
     * be after computing them.
     *
     * @return how many
     */
    public int recall(Sequence sequence, int[] text) {
        return prefixes == null ? 0 : sequence.recall(prefixes, text);
    }

    /** Keeps what is known of {@code sequence} for texts that begin alike, as far as {@link EngineOptions#prefixMemory} goes. */
    public void keep(Sequence sequence) {
        if (prefixes != null) {
            sequence.leave(prefixes);
        }
    }

    /**
     * Keeps the prompt in {@code path} as if it had just been processed: see {@link PromptFile}. Needs
     * {@link EngineOptions#prefixMemory}.
     *
     * @return its tokens
     * @throws FormatException where the file is damaged, or another model's, or was made with other options
     */
    public int restore(Path path) throws IOException {
        try (Sequence sequence = PromptFile.read(this, path)) {
            keep(sequence);
            return sequence.length();
        }
    }

    /** What ended texts have left behind; null where they do not. */
    public @Nullable PrefixTree prefixes() {
        return prefixes;
    }

    /**
     * Processes the batch and lets its sequences grow by it. Where this fails, they are as they were.
     *
     * @return the wanted results {@code [outputs, vocab]} (encoders: {@code [outputs, hidden]}), valid until the next
     *     call
     * @throws OutOfPagesException where the keys and values do not fit {@link #pool}; nothing has been computed then
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
        int ready = 0;
        boolean done = false;
        try {
            for (int end = 0; ready < batch.count(); ready = end) {
                end = batch.endOfStretch(ready);
                requireReady(batch.sequence(ready));
                batch.sequence(ready).begin(batch.position(ready), end - ready);
            }
            weights.beginPass();
            ops.begin(batch);
            Matrix result = (Matrix) transformer.forward(observer.apply(ops), batch);
            done = true;
            return result;
        } finally {
            for (int i = 0, end = 0; i < ready; i = end) {
                end = batch.endOfStretch(i);
                if (done) {
                    batch.sequence(i).grow(batch, i, end);
                }
                batch.sequence(i).end();
            }
        }
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
     * Encoder-decoders: encodes {@code sources}, then processes {@code batch}, both through one interpreter that wraps the engine's
     * own, as {@link #forward(Batch, UnaryOperator)}.
     */
    public synchronized Matrix forward(Batch sources, Batch batch, UnaryOperator<Ops> observer) {
        Ops observed = observer.apply(ops);
        encode(sources, observed);
        return forward(batch, inner -> observed);
    }

    /**
     * Encoder-decoders: encodes {@code ids} for {@code sequence}, which must be empty; the decoder then starts at
     * position 0. Replaces what was encoded before.
     */
    public synchronized void encode(Sequence sequence, int[] ids) {
        requireNothingDecoded(sequence);
        encode(Batch.of(sequence, ids, Batch.Output.NONE), ops);
    }

    private void encode(Batch batch, Ops observed) {
        int ready = 0;
        boolean done = false;
        try {
            for (int end = 0; ready < batch.count(); ready = end) {
                end = batch.endOfStretch(ready);
                requireNothingDecoded(batch.sequence(ready));
                batch.sequence(ready).startEncoding();
            }
            weights.beginPass();
            ops.begin(batch);
            transformer.encode(observed, batch);
            done = true;
        } finally {
            for (int i = 0; i < ready; i = batch.endOfStretch(i)) {
                if (done) {
                    batch.sequence(i).endEncoding();
                }
                batch.sequence(i).end();
            }
        }
    }

    private static void requireNothingDecoded(Sequence sequence) {
        if (sequence.length() > 0) {
            throw new IllegalArgumentException("the sequence holds " + sequence.length()
                    + " decoded tokens, which belong to the text encoded before; truncate it to 0");
        }
    }

    @Override
    public synchronized void close() {
        workers.close();
        ops.close();
        weights.close();
        pool.close();
        arena.close();
        checkpoint.close();
    }
}
