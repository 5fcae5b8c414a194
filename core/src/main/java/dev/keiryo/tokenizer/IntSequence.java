package dev.keiryo.tokenizer;

import java.util.Arrays;

/** A growing sequence of token ids. */
public final class IntSequence {
    private int[] items;
    private int size;

    public IntSequence() {
        this(16);
    }

    public IntSequence(int capacity) {
        items = new int[Math.max(capacity, 4)];
    }

    public void add(int item) {
        if (size == items.length) {
            items = Arrays.copyOf(items, size * 2);
        }
        items[size++] = item;
    }

    public int get(int index) {
        return items[index];
    }

    public int size() {
        return size;
    }

    /** Keeps the first {@code newSize} items. */
    public void truncate(int newSize) {
        if (newSize < 0 || newSize > size) {
            throw new IllegalArgumentException("a sequence of " + size + " items cannot be cut to " + newSize);
        }
        size = newSize;
    }

    public void clear() {
        size = 0;
    }

    public int[] toArray() {
        return Arrays.copyOf(items, size);
    }
}
