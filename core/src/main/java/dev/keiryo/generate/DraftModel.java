package dev.keiryo.generate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.IntSequence;

/** Guesses what a smaller model with the same vocabulary holds most probable. */
public final class DraftModel implements Drafter {
    private final Engine engine;
    private final Sequence sequence;
    /** What the sequence holds. */
    private final IntSequence seen = new IntSequence();

    private final Batch batch = new Batch();

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
    public int draft(History history, int most, int[] out) {
        int size = history.size();
        int room = Math.min(most, sequence.capacity() - size);
        if (room <= 0) {
            return 0;
        }
        int same = 0;
        // The last token is always processed, for its logits.
        while (same < Math.min(seen.size(), size - 1) && seen.get(same) == history.get(same)) {
            same++;
        }
        cut(same);
        int[] ids = new int[Math.max(size - same, 1)];
        for (int i = same; i < size; i++) {
            ids[i - same] = history.get(i);
        }
        Matrix logits = process(ids, size - same);
        for (int n = 0; ; n++) {
            out[n] = greatest(logits);
            if (n + 1 == room) {
                return room;
            }
            ids[0] = out[n];
            logits = process(ids, 1);
        }
    }

    private Matrix process(int[] ids, int count) {
        for (int i = 0; i < count; i++) {
            seen.add(ids[i]);
        }
        for (int from = 0; ; from += Generator.PREFILL) {
            int to = Math.min(count, from + Generator.PREFILL);
            Matrix logits = engine.forward(
                    batch.clear().add(sequence, ids, from, to, to == count ? Batch.Output.LAST : Batch.Output.NONE));
            if (to == count) {
                return logits;
            }
        }
    }

    private void cut(int length) {
        sequence.truncate(length);
        seen.truncate(length);
    }

    private static int greatest(Matrix logits) {
        int best = 0;
        for (int i = 1; i < logits.cols(); i++) {
            if (logits.get(0, i) > logits.get(0, best)) {
                best = i;
            }
        }
        return best;
    }

    @Override
    public void close() {
        sequence.close();
    }
}
