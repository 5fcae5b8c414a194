package dev.keiryo.train.tape;

import dev.keiryo.model.Tokens;
import java.util.Arrays;

/**
 * Tokens of one or several documents, one after the other; each sees its own document only, whose positions begin at 0.
 */
public final class TrainBatch implements Tokens {
    private final int[] ids;
    private final int[] starts;
    private final int[] positions;
    private final int[] outputs;

    /**
     * @param ids the tokens
     * @param starts where each document begins, ascending, the first at 0
     * @param outputs the rows whose results count, ascending
     */
    public TrainBatch(int[] ids, int[] starts, int[] outputs) {
        if (ids.length == 0 || starts.length == 0 || starts[0] != 0) {
            throw new IllegalArgumentException("a batch needs tokens, and its first document begins at 0");
        }
        this.ids = ids.clone();
        this.starts = Arrays.copyOf(starts, starts.length + 1);
        this.starts[starts.length] = ids.length;
        for (int d = 0; d < starts.length; d++) {
            if (this.starts[d] >= this.starts[d + 1]) {
                throw new IllegalArgumentException("document " + d + " from " + starts[d] + " on has no tokens");
            }
        }
        this.outputs = outputs.clone();
        for (int i = 0; i < outputs.length; i++) {
            if (outputs[i] < 0 || outputs[i] >= ids.length || (i > 0 && outputs[i] <= outputs[i - 1])) {
                throw new IllegalArgumentException(
                        "outputs are rows of the batch, ascending, but one is " + outputs[i]);
            }
        }
        this.positions = new int[ids.length];
        for (int d = 0; d < starts.length; d++) {
            for (int i = this.starts[d]; i < this.starts[d + 1]; i++) {
                positions[i] = i - this.starts[d];
            }
        }
    }

    /** One document, all of whose rows count. */
    public static TrainBatch of(int... ids) {
        int[] all = new int[ids.length];
        Arrays.setAll(all, i -> i);
        return new TrainBatch(ids, new int[] {0}, all);
    }

    @Override
    public int count() {
        return ids.length;
    }

    @Override
    public int id(int i) {
        return ids[i];
    }

    @Override
    public int position(int i) {
        return positions[i];
    }

    /** Number of documents. */
    public int documents() {
        return starts.length - 1;
    }

    /** Where document {@code d} begins; for the number of documents, where the last one ends. */
    public int start(int d) {
        return starts[d];
    }

    int[] positions() {
        return positions;
    }

    /** How many rows count. */
    public int outputs() {
        return outputs.length;
    }

    int[] outputRows() {
        return outputs;
    }
}
