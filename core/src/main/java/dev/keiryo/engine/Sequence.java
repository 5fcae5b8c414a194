package dev.keiryo.engine;

import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.KvType;
import dev.keiryo.model.Transformer;

/**
 * All state of one text being processed: its keys and values, and how far it has come. Weights are shared by all
 * sequences, everything else lives here. Close it to free its memory.
 */
public final class Sequence implements AutoCloseable {
    private final KvCache cache;
    private final Transformer.Shape shape;
    private final int capacity;
    private int length;
    private boolean encoded;

    Sequence(Transformer.Shape shape, int capacity, KvType type) {
        this.cache = new KvCache(shape.cacheSlots() + shape.encoderSlots(), type);
        this.shape = shape;
        this.capacity = capacity;
    }

    public KvCache cache() {
        return cache;
    }

    /** Positions this sequence may grow to. */
    public int capacity() {
        return capacity;
    }

    /** Tokens processed so far; the next one's position. */
    public int length() {
        return length;
    }

    /** Forgets the tokens from {@code newLength} on, so that others can take their place. */
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("cannot cut a sequence of " + length + " tokens to " + newLength);
        }
        cache.truncate(0, shape.cacheSlots(), newLength);
        length = newLength;
    }

    /** Encoder-decoders: whether there is an encoded text to attend to. */
    boolean encoded() {
        return encoded;
    }

    /** Forgets the encoded text. */
    void startEncoding() {
        encoded = false;
        cache.truncate(shape.cacheSlots(), shape.encoderSlots(), 0);
    }

    void endEncoding() {
        encoded = true;
    }

    void grow(int tokens) {
        length += tokens;
    }

    @Override
    public void close() {
        cache.close();
    }
}
