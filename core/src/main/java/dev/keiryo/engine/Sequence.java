package dev.keiryo.engine;

import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.OutOfPagesException;
import dev.keiryo.cache.PrefixTree;
import dev.keiryo.cost.CacheLayout;
import dev.keiryo.file.Cursor;
import dev.keiryo.model.Attention;
import dev.keiryo.model.Transformer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    private final boolean transformed;
    private final KvCache cache;
    private final int capacity;
    private int[] tokens;
    private int length;
    private boolean encoded;
    /** Whether keys have moved: then they are not what the tokens alone would give. */
    private boolean moved;

    private boolean busy;
    private boolean closed;

    Sequence(Transformer transformer, CacheLayout layout, boolean transformed, int capacity, KvCache cache) {
        this.transformed = transformed;
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

    /** Takes over what {@code prefixes} knows of {@code text}; returns how many tokens that is. */
    synchronized int recall(PrefixTree prefixes, int[] text) {
        requireIdle();
        if (length > 0) {
            throw new IllegalStateException("the sequence holds " + length + " tokens already; truncate it to 0");
        }
        int known = prefixes.find(layout.ropes(capacity), text, Math.min(text.length - 1, capacity), cache);
        tokens = Arrays.copyOf(text, Math.max(known, tokens.length));
        length = known;
        return known;
    }

    /**
     * Keeps the tokens at the positions {@code kept} alone; they become 0, 1, …, and those that move have their keys rotated
     * back, in float32. What they have seen of the others stays in them: context shift, and what Xiao et al. 2023
     * (StreamingLLM), arXiv:2309.17453, do.
     *
     * @param kept ascending
     * @throws IllegalArgumentException where keys of this model cannot be moved, or a sliding window would see what is held no
     *     more; nothing has changed then
     * @throws OutOfPagesException where a shared page cannot be copied; nothing has changed then
     */
    public synchronized void retain(int[] kept) {
        int[][][] all = new int[cache.slots()][][];
        for (int i = 0; i < all.length; i++) {
            all[i] = new int[cache.slot(i).heads()][];
            Arrays.fill(all[i], kept);
        }
        retain(all);
    }

    /**
     * As {@link #retain(int[])}, where each head of each slot keeps positions of its own: what is at a position then belongs to
     * different tokens, of which {@link #token} knows those of the first slot's first head.
     *
     * @param kept {@code [slots][key/value heads][positions]}, ascending; as many everywhere, and the same in all heads of a
     *     slot with a window
     */
    public synchronized void retain(int[][][] kept) {
        requireIdle();
        requireMovable();
        int[] first = kept[0][0];
        for (int[][] slot : kept) {
            for (int[] positions : slot) {
                requireAscending(positions, first.length);
            }
        }
        int[] firsts = new int[cache.slots()];
        List<KvCache.@Nullable KeyTurn> turns = new ArrayList<>();
        for (int i = 0; i < firsts.length; i++) {
            CacheLayout.Slot slot = layout.slots().get(i);
            firsts[i] = first(cache.slot(i).first(), kept[i][0], slot.window());
            turns.add(slot.rope() == null ? null : new Turn(slot.rope().forCapacity(capacity), transformed));
        }
        cache.retain(kept, firsts, turns);
        for (int i = 0; i < first.length; i++) {
            tokens[i] = tokens[first[i]];
        }
        moved |= first.length < length;
        length = first.length;
    }

    private void requireAscending(int[] positions, int count) {
        if (positions.length != count) {
            throw new IllegalArgumentException("heads keep " + positions.length + " and " + count + " positions");
        }
        for (int i = 0; i < count; i++) {
            if (positions[i] >= length || positions[i] <= (i == 0 ? -1 : positions[i - 1])) {
                throw new IllegalArgumentException(
                        "position " + positions[i] + " of " + length + " in a list that ascends");
            }
        }
    }

    /** @throws IllegalArgumentException where keys of this model cannot be moved */
    public void requireMovable() {
        String obstacle = layout.obstacle();
        if (obstacle != null || transformer.kind() != Transformer.Kind.DECODER) {
            throw new IllegalArgumentException("the context cannot be shifted: "
                    + (obstacle == null ? "this is no plain decoder" : obstacle) + "; ask for a larger one with --ctx");
        }
    }

    /** The first new position, a page's, from which on a slot that holds positions from {@code held} on has all. */
    private static int first(int held, int[] kept, int window) {
        int missing = 0;
        while (missing < kept.length && kept[missing] < held) {
            missing++;
        }
        int first = Math.ceilDiv(missing, KvCache.PAGE) * KvCache.PAGE;
        if (first > 0 && first + window - 1 > kept.length) {
            throw new IllegalArgumentException("the context cannot be shifted so far: a sliding window of " + window
                    + " tokens would see some that are held no more; ask for a larger context with --ctx");
        }
        return first;
    }

    /** Takes over tokens, and from {@code at} on the first page and the pages of each slot: see {@link PromptFile}. */
    synchronized void restore(int[] text, MemorySegment bytes, long at) {
        requireIdle();
        long from = at;
        for (int i = 0; i < cache.slots(); i++) {
            int first = bytes.get(Cursor.INT, from);
            from = cache.slot(i).restore(first, text.length, bytes, from + 4);
        }
        tokens = Arrays.copyOf(text, Math.max(text.length, tokens.length));
        length = text.length;
    }

    /** Leaves its pages to {@code prefixes} as well. */
    synchronized void leave(PrefixTree prefixes) {
        if (!closed && !busy && !moved) {
            prefixes.add(layout.ropes(capacity), tokens, length, cache);
        }
    }

    /**
     * Another sequence that has come as far, with the same tokens and capacity. It shares all pages, and takes memory of its
     * own where the two go on: a page that both write to is copied. The caller closes it.
     */
    public synchronized Sequence fork() {
        requireIdle();
        Sequence copy = new Sequence(transformer, layout, transformed, capacity, cache.fork());
        copy.tokens = tokens.clone();
        copy.length = length;
        copy.encoded = encoded;
        copy.moved = moved;
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

    /** The window of slot {@code i}; 0 for none. */
    public int window(int i) {
        return layout.slots().get(i).window();
    }

    private int decoderSlots() {
        return transformer.shape().cacheSlots();
    }

    private void cut(int newLength) {
        moved &= newLength > 0;
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
