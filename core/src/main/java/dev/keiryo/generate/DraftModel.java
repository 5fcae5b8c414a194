package dev.keiryo.generate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.IntSequence;
import java.util.ArrayList;
import java.util.List;

/**
 * Guesses what a smaller model with the same vocabulary holds most probable. Branches begin with its first, second, …
 * choice, and go on with the most probable token each.
 */
public final class DraftModel implements Drafter {
    private final Engine engine;
    private final Sequence sequence;
    /** What the sequence holds. */
    private final IntSequence seen = new IntSequence();

    private final Candidates candidates = new Candidates();
    private final List<Sequence> lanes = new ArrayList<>();
    private final Batch batch = new Batch();
    private final int[] token = new int[1];

    /**
     * @param engine the smaller model's; stays open
     * @param capacity tokens that a text may have; longer ones are not guessed any further
     */
    public DraftModel(Engine engine, int capacity) {
        this.engine = engine;
        this.sequence = engine.newSequence(
                Math.min(capacity, engine.transformer().shape().context()));
    }

    @Override
    public Cost start(History history) {
        if (history.size() > sequence.capacity()) {
            return Cost.UNKNOWN;
        }
        long first = System.nanoTime();
        catchUp(history, history.size(), Batch.Output.NONE);
        long begin = System.nanoTime();
        catchUp(history, history.size(), Batch.Output.LAST); // the last token once more
        return new Cost(System.nanoTime() - begin, (begin - first) / history.size());
    }

    @Override
    public void draft(Sequence unused, History history, int most, Guesses out) {
        draft(history, most, out);
    }

    void draft(History history, int most, Guesses out) {
        int size = history.size();
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

    /** Makes the sequence hold the first {@code size} tokens of {@code history}; of them, the last is always processed. */
    private Matrix catchUp(History history, int size, Batch.Output last) {
        int same = 0;
        while (same < Math.min(seen.size(), size - 1) && seen.get(same) == history.get(same)) {
            same++;
        }
        if (same < sequence.shortest()) {
            same = 0; // what its sliding windows saw there is gone
        }
        sequence.truncate(same);
        seen.truncate(same);
        int[] ids = new int[size - same];
        for (int i = same; i < size; i++) {
            ids[i - same] = history.get(i);
            seen.add(history.get(i));
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

    @Override
    public void close() {
        sequence.close();
    }
}
