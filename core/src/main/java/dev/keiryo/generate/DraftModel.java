package dev.keiryo.generate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.IntSequence;
import java.util.ArrayList;
import java.util.List;

/**
 * Guesses what a smaller model with the same vocabulary holds most probable. Branches begin with its first, second, …
 * choice, and go on with the most probable token each.
 *
 * <p>It reads all of a text, or the first token and a stretch at the end; in that case it leaves out what it has missed where
 * that has become longer than a new stretch.
 */
public final class DraftModel implements Drafter {
    /** Tokens to begin a stretch with. */
    static final int WINDOW = 32;

    private final Engine engine;
    private final double share;
    private final Sequence sequence;
    /** What the sequence holds: the text's first token, if {@link #begin} is not 0, then those from there on. */
    private final IntSequence seen = new IntSequence();

    private int begin;
    private final Candidates candidates = new Candidates();
    private final List<Sequence> lanes = new ArrayList<>();
    private final Batch batch = new Batch();
    private final int[] token = new int[1];

    /**
     * @param engine the smaller model's; stays open
     * @param share what a step of it takes of one of the model's, more or less
     * @param capacity tokens that a text may have; where the smaller model's context is shorter, it reads their end
     */
    public DraftModel(Engine engine, double share, int capacity) {
        this.engine = engine;
        this.share = share;
        this.sequence = engine.newSequence(
                Math.min(capacity, engine.transformer().shape().context()));
    }

    /**
     * Has {@code engine} do once what the first passes take longer for, so that it is not a text that pays for it.
     *
     * @throws IllegalArgumentException where it cannot guess
     */
    static void warm(Engine engine) {
        if (engine.transformer().kind() != Transformer.Kind.DECODER) {
            throw new IllegalArgumentException("a draft model should be a decoder, as the model that it guesses for");
        }
        try (Sequence sequence = engine.newSequence(2)) {
            for (int i = 0; i < 2; i++) {
                engine.forward(new Batch().add(sequence, new int[] {0}, 0, 1, Batch.Output.LAST));
            }
        }
    }

    @Override
    public double share() {
        return share;
    }

    @Override
    public int unread(History history, boolean whole) {
        int from = beginning(history, whole);
        int known = from == begin ? seen.size() : 0;
        return Math.max(0, size(history, from) - 1 - known);
    }

    /** Where the stretch begins from which the next guess would be made. */
    private int beginning(History history, boolean whole) {
        boolean near = seen.size() > 0 && size(history, begin) - 1 - seen.size() <= WINDOW;
        int from = near && (begin == 0 || !whole) ? begin : whole ? 0 : stretch(history, WINDOW);
        return size(history, from) < sequence.capacity()
                ? from
                : stretch(history, Math.min(WINDOW, sequence.capacity() / 2));
    }

    private static int stretch(History history, int tokens) {
        int from = history.size() - 1 - tokens;
        return from > 1 ? from : 0;
    }

    private static int size(History history, int from) {
        return from == 0 ? history.size() : 1 + history.size() - from;
    }

    @Override
    public void read(History history, int tokens) {
        begin = stretch(history, tokens);
        int size = size(history, begin) - 1;
        if (size > 0 && size <= sequence.capacity()) {
            catchUp(history, size, Batch.Output.NONE);
        }
    }

    @Override
    public void draft(Sequence unused, History history, int most, boolean whole, Guesses out) {
        draft(history, most, whole, out);
    }

    void draft(History history, int most, boolean whole, Guesses out) {
        begin = beginning(history, whole);
        int size = size(history, begin);
        int room = Math.min(most, sequence.capacity() - size);
        if (room <= 0) {
            return;
        }
        Matrix logits = catchUp(history, size, Batch.Output.LAST);
        candidates.load(logits, 0);
        int width = Math.min(out.width(), candidates.count());
        candidates.rank(width);
        for (int b = 0; b < width; b++) {
            out.add(out.branch(), candidates.id(candidates.ranked(b)));
        }
        try {
            for (int n = 1; n < room; n++) {
                step(out, n);
            }
        } finally {
            for (int b = 1; b < lanes.size(); b++) {
                lanes.get(b).close();
            }
            lanes.clear();
            sequence.truncate(size);
        }
    }

    /** Processes each branch's last token and appends the next. */
    private void step(Guesses out, int n) {
        batch.clear();
        for (int b = 0; b < out.branches(); b++) {
            if (n == 1) {
                lanes.add(b == 0 ? sequence : sequence.fork());
            }
            token[0] = out.token(b, n - 1);
            batch.add(lanes.get(b), token, 0, 1, Batch.Output.LAST);
        }
        Matrix logits = engine.forward(batch);
        for (int b = 0; b < out.branches(); b++) {
            candidates.load(logits, b);
            candidates.rank(1);
            out.add(b, candidates.id(candidates.ranked(0)));
        }
    }

    /** Makes the sequence hold {@code size} tokens of {@code history}; of them, the last is always processed. */
    private Matrix catchUp(History history, int size, Batch.Output last) {
        int same = 0;
        while (same < Math.min(seen.size(), size - 1) && seen.get(same) == at(history, same)) {
            same++;
        }
        if (same < sequence.shortest()) {
            same = 0; // what its sliding windows saw there is gone
        }
        sequence.truncate(same);
        seen.truncate(same);
        int[] ids = new int[size - same];
        for (int i = same; i < size; i++) {
            ids[i - same] = at(history, i);
            seen.add(ids[i - same]);
        }
        for (int from = 0; ; from += Generator.PREFILL) {
            int to = Math.min(ids.length, from + Generator.PREFILL);
            Matrix logits = engine.forward(
                    batch.clear().add(sequence, ids, from, to, to == ids.length ? last : Batch.Output.NONE));
            if (to == ids.length) {
                return logits;
            }
        }
    }

    private int at(History history, int i) {
        return history.get(i == 0 || begin == 0 ? i : begin - 1 + i);
    }

    @Override
    public void close() {
        sequence.close();
    }
}
