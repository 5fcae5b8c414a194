package dev.keiryo.generate;

import java.util.Arrays;

/** The tokens of one request so far: its prompt's, then the generated ones. */
public final class History {
    private int[] ids = new int[64];
    private int size;
    private int prompt;

    public History() {}

    /** Starts anew with {@code promptIds}. */
    public void start(int... promptIds) {
        reserve(promptIds.length);
        System.arraycopy(promptIds, 0, ids, 0, promptIds.length);
        size = promptIds.length;
        prompt = size;
    }

    /** Appends a generated token. */
    public void add(int id) {
        reserve(size + 1);
        ids[size++] = id;
    }

    /** All tokens. */
    public int size() {
        return size;
    }

    /** Generated tokens. */
    public int generated() {
        return size - prompt;
    }

    /** The token at position {@code at}. */
    public int get(int at) {
        return ids[at];
    }

    /** The {@code back}-th token from the end; 0 is the last. */
    public int last(int back) {
        return ids[size - 1 - back];
    }

    /** The size of a window over the last {@code lastN} tokens; -1 for all. */
    public int window(int lastN) {
        return lastN < 0 ? size : Math.min(lastN, size);
    }

    /** Forgets generated tokens, so that {@code newSize} are left: drafts that were rejected. */
    public void truncate(int newSize) {
        if (newSize < prompt || newSize > size) {
            throw new IllegalArgumentException(
                    "a history of " + size + " tokens with a prompt of " + prompt + " cannot be cut to " + newSize);
        }
        size = newSize;
    }

    public int[] toArray() {
        return Arrays.copyOf(ids, size);
    }

    private void reserve(int needed) {
        if (needed > ids.length) {
            ids = Arrays.copyOf(ids, Math.max(needed, 2 * ids.length));
        }
    }
}
