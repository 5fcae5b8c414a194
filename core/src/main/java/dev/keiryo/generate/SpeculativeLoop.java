package dev.keiryo.generate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.tensor.Matrix;

/**
 * Generation with guesses: each step processes the last token and some guesses behind it, then draws at one position after
 * the other for as long as the guesses hold; what was processed beyond is forgotten.
 */
final class SpeculativeLoop {
    private final Engine engine;
    private final Sequence sequence;
    private final TextRun run;
    private final Drafter drafter;
    private final Speculation speculation;
    private final DraftLength length;
    private final Batch batch = new Batch();
    private final int[] ids;
    private final int[] guesses;
    private int guessed;
    private int right;

    SpeculativeLoop(Engine engine, Sequence sequence, TextRun run, Drafter drafter, Speculation speculation) {
        this.engine = engine;
        this.sequence = sequence;
        this.run = run;
        this.drafter = drafter;
        this.speculation = speculation;
        this.length = new DraftLength(speculation.most());
        this.guesses = new int[speculation.most()];
        this.ids = new int[speculation.most() + 1];
    }

    /** From the first drawn token to the end of the text. */
    Generation.Drafts generate(int first) {
        int id = first;
        while (id != TextRun.END) {
            id = step(id);
        }
        return new Generation.Drafts(guessed, right);
    }

    private int step(int id) {
        int most = Math.min(speculation.adaptive() ? length.choose() : speculation.most(), run.room());
        long begin = System.nanoTime();
        int n = most > 0 ? drafter.draft(run.history(), most, guesses) : 0;
        long drafted = System.nanoTime();
        ids[0] = id;
        System.arraycopy(guesses, 0, ids, 1, n);
        int before = sequence.length();
        Matrix logits = engine.forward(batch.clear().add(sequence, ids, 0, n + 1, Batch.Output.ALL));
        long checked = System.nanoTime();
        int row = 0;
        int next = run.next(logits, 0);
        while (row < n && next == guesses[row]) {
            row++;
            next = run.next(logits, row);
        }
        sequence.truncate(before + 1 + row);
        length.observe(n, row, drafted - begin, checked - drafted);
        guessed += n;
        right += row;
        return next;
    }
}
