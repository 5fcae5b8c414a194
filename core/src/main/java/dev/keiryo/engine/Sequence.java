package dev.keiryo.engine;

import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.OutOfPagesException;
import dev.keiryo.cache.PrefixTree;
import dev.keiryo.cost.CacheLayout;
import dev.keiryo.model.Attention;
import dev.keiryo.model.Transformer;
import java.util.Arrays;

/**
 * All state of one text being processed: its tokens, their keys and values, and how far it has come. Weights are shared by
 * all sequences, everything else lives here, in pages from the engine's pool. Close it to give them back.
 *
 * <p>Used by one thread at a time, with one exception: it may be closed at any time. If a forward pass is at work on it, its
 * pages go back when that ends. Whatever else would change it meanwhile is refused.
 */
public final class Sequence implements AutoCloseable {
    /** Positions that a sliding layer keeps beyond its window, so that a text can be cut by as much. */
    private static final int SLACK = KvCache.PAGE;

    private final Transformer transformer;
    private final CacheLayout layout;
    private final KvCache cache;
    private final int capacity;
    private int[] tokens;
    private int length;
    private boolean encoded;
    private boolean busy;
    private boolean closed;

    Sequence(Transformer transformer, CacheLayout layout, int capacity, KvCache cache) {
        this.transformer = transformer;
        this.layout = layout;
        this.cache = cache;
        this.capacity = capacity;
        this.tokens = new int[Math.min(Math.max(capacity, 1), 256)];
        for (int i = 0; i < cache.slots(); i++) {
            Attention a = layout.slots().get(i).attention();
            cache.slot(i).shape(a.kvHeads(), a.headDim(), a.valueDim());
        }
    }

    public KvCache cache() {
        return cache;
    }

    /** The cache holds the first {@code count} tokens of {@code text} already. */
    void start(int[] text, int count) {
        tokens = Arrays.copyOf(text, Math.max(count, tokens.length));
        length = count;
    }

    /** Positions this sequence may grow to. */
    public int capacity() {
        return capacity;
    }

    /** Tokens processed so far; the next one's position. */
    public int length() {
        return length;
    }

    /** The tokens processed so far, copied. */
    public int[] tokens() {
        return Arrays.copyOf(tokens, length);
    }

    /** The token at {@code position}. */
    public int token(int position) {
        if (position < 0 || position >= length) {
            throw new IndexOutOfBoundsException("no token at " + position + " of " + length);
        }
        return tokens[position];
    }

    /** Leaves its pages to {@code prefixes} as well. */
    synchronized void leave(PrefixTree prefixes) {
        if (!closed && !busy) {
            prefixes.add(layout.ropes(capacity), tokens, length, cache);
        }
    }

    /**
     * Another sequence that has come as far, with the same tokens and capacity. It shares all pages, and takes memory of its
     * own where the two go on: a page that both write to is copied. The caller closes it.
     */
    public synchronized Sequence fork() {
        requireIdle();
        Sequence copy = new Sequence(transformer, layout, capacity, cache.fork());
        copy.tokens = tokens.clone();
        copy.length = length;
        copy.encoded = encoded;
        return copy;
    }

    /**
     * Forgets the tokens from {@code newLength} on, so that others can take their place.
     *
     * @throws IllegalArgumentException where {@code newLength} is more than is held, or less than {@link #shortest} but not 0
     */
    public synchronized void truncate(int newLength) {
        requireIdle();
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("cannot cut a sequence of " + length + " tokens to " + newLength);
        }
        if (newLength > 0 && newLength < shortest()) {
            throw new IllegalArgumentException("cannot cut a sequence of " + length + " tokens to " + newLength
                    + ": what its sliding windows saw then is held no more; cut to " + shortest()
                    + " tokens at least, or to 0");
        }
        cut(newLength);
    }

    /** The fewest tokens, but for none, that the sequence can be cut to: sliding layers keep their window and a page more. */
    public int shortest() {
        int least = 0;
        for (int i = 0; i < decoderSlots(); i++) {
            int first = cache.slot(i).first();
            if (first > 0) {
                least = Math.max(least, first + layout.slots().get(i).window() - 1);
            }
        }
        return least;
    }

    private int decoderSlots() {
        return transformer.shape().cacheSlots();
    }

    private void cut(int newLength) {
        cache.truncate(0, decoderSlots(), newLength);
        length = newLength;
    }

    /** Encoder-decoders: whether there is an encoded text to attend to. */
    boolean encoded() {
        return encoded;
    }

    /**
     * A forward pass of {@code count} tokens from {@code position} on begins: makes room for them. Must be followed by
     * {@link #end}, unless this fails.
     *
     * @throws OutOfPagesException where there is none; nothing has changed then
     */
    synchronized void begin(int position, int count) {
        requireIdle();
        if (position != length) {
            throw new IllegalStateException("the batch was made when the sequence had " + position
                    + " tokens, but now it has " + length + "; make a new one");
        }
        try {
            for (int i = 0; i < decoderSlots(); i++) {
                Attention a = layout.slots().get(i).attention();
                cache.slot(i).extend(a.kvHeads(), a.headDim(), a.valueDim(), length, length + count);
            }
            busy = true;
        } finally {
            if (!busy) {
                cut(length);
            }
        }
    }

    /** The pass was a success: rows {@code [from, to)} of the batch are this sequence's. */
    synchronized void grow(Batch batch, int from, int to) {
        int grown = length + to - from;
        if (grown > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(grown, 2 * tokens.length));
        }
        for (int i = from; i < to; i++) {
            tokens[length++] = batch.id(i);
        }
        for (int i = 0; i < decoderSlots(); i++) {
            int window = layout.slots().get(i).window();
            if (window > 0) {
                cache.slot(i).forgetBefore(length - window + 1 - SLACK);
            }
        }
    }

    /** The pass has ended; what it did not complete is forgotten. */
    synchronized void end() {
        busy = false;
        if (closed) {
            cache.close();
        } else {
            cut(length);
            if (!encoded) {
                cache.truncate(decoderSlots(), transformer.shape().encoderSlots(), 0);
            }
        }
    }

    /** Forgets the encoded text. To be followed by {@link #end}. */
    synchronized void startEncoding() {
        requireIdle();
        encoded = false;
        cache.truncate(decoderSlots(), transformer.shape().encoderSlots(), 0);
        busy = true;
    }

    synchronized void endEncoding() {
        encoded = true;
    }

    private void requireIdle() {
        if (closed) {
            throw new IllegalStateException("the sequence is closed");
        }
        if (busy) {
            throw new IllegalStateException("a forward pass is at work on the sequence");
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (!busy) {
                cache.close();
            }
        }
    }
}
