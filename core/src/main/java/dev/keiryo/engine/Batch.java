package dev.keiryo.engine;

import dev.keiryo.model.Tokens;
import java.util.Arrays;

/**
 * Tokens to be processed together: stretches of one or several sequences, in any mix. Positions follow from each
 * sequence's length. Reusable: {@link #clear} and fill again.
 */
public final class Batch implements Tokens {
    /** Which tokens' results are wanted. */
    public enum Output {
        NONE,
        LAST,
        ALL
    }

    private int[] ids = new int[16];
    private int[] positions = new int[16];
    private boolean[] wanted = new boolean[16];
    private Sequence[] sequences = new Sequence[16];
    private int count;
    private int outputs;

    public Batch() {}

    /** One stretch only. */
    public static Batch of(Sequence sequence, int[] ids, Output output) {
        return new Batch().add(sequence, ids, 0, ids.length, output);
    }

    public Batch clear() {
        Arrays.fill(sequences, 0, count, null);
        count = 0;
        outputs = 0;
        return this;
    }

    /** Appends {@code tokens[from, to)} after what {@code sequence} holds already. A sequence may be added once. */
    public Batch add(Sequence sequence, int[] tokens, int from, int to, Output output) {
        return add(
                sequence,
                tokens,
                from,
                to,
                switch (output) {
                    case NONE -> to;
                    case LAST -> to - 1;
                    case ALL -> from;
                });
    }

    /** As {@link #add(Sequence, int[], int, int, Output)}, with the results of {@code tokens[firstOutput, to)} wanted. */
    public Batch add(Sequence sequence, int[] tokens, int from, int to, int firstOutput) {
        if (from < 0 || to > tokens.length || from >= to) {
            throw new IllegalArgumentException("no tokens in [" + from + ", " + to + ") of " + tokens.length);
        }
        if (sequence.length() + (to - from) > sequence.capacity()) {
            throw new IllegalArgumentException("the text grows to " + (sequence.length() + to - from)
                    + " tokens, but the sequence was made for " + sequence.capacity() + "; ask for a larger context");
        }
        for (int i = 0; i < count; i++) {
            if (sequences[i] == sequence) {
                throw new IllegalArgumentException("a sequence was added twice to one batch");
            }
        }
        reserve(count + to - from);
        for (int i = from; i < to; i++) {
            ids[count] = tokens[i];
            positions[count] = sequence.length() + (i - from);
            wanted[count] = i >= firstOutput;
            outputs += wanted[count] ? 1 : 0;
            sequences[count++] = sequence;
        }
        return this;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public int id(int i) {
        return ids[i];
    }

    @Override
    public int position(int i) {
        return positions[i];
    }

    /** The sequence that the i-th token belongs to. */
    public Sequence sequence(int i) {
        return sequences[i];
    }

    /** Behind the last token of those from the i-th on that belong to the same sequence. */
    int endOfStretch(int i) {
        int end = i + 1;
        while (end < count && sequences[end] == sequences[i]) {
            end++;
        }
        return end;
    }

    /** Whether the i-th token's result is wanted. */
    public boolean wanted(int i) {
        return wanted[i];
    }

    /** Number of tokens whose results are wanted. */
    public int outputs() {
        return outputs;
    }

    private void reserve(int size) {
        if (size > ids.length) {
            int grown = Math.max(size, 2 * ids.length);
            ids = Arrays.copyOf(ids, grown);
            positions = Arrays.copyOf(positions, grown);
            wanted = Arrays.copyOf(wanted, grown);
            sequences = Arrays.copyOf(sequences, grown);
        }
    }
}
