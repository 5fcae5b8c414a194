package dev.keiryo.generate;

import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.IntSequence;

/**
 * Generation with guesses: each step processes the last token and some guesses behind it, then draws at one position after
 * the other for as long as the guesses hold; what was processed beyond is forgotten.
 */
final class SpeculativeLoop {
    private final Lanes lanes;
    private final TextRun run;
    private final Drafter drafter;
    private final Speculation speculation;
    private final DraftLength length;
    private final Guesses guesses;
    /** Tokens that are drawn or forced, and have not been processed. */
    private final IntSequence certain = new IntSequence();

    private int guessed;
    private int right;
    private int passes;

    SpeculativeLoop(Lanes lanes, TextRun run, Drafter drafter, Speculation speculation) {
        this.lanes = lanes;
        this.run = run;
        this.drafter = drafter;
        this.speculation = speculation;
        this.length = new DraftLength(speculation.most(), drafter.share());
        this.guesses = new Guesses(speculation.branches(), speculation.most());
    }

    /** From the first drawn token to the end of the text. */
    Generation.Drafts generate(int first) {
        int id = first;
        while (id != TextRun.END) {
            id = step(id);
        }
        return new Generation.Drafts(guessed, right, passes);
    }

    /** Before the first step: reads what is worth it of the prompt, of which the model has processed {@code tokens}. */
    void prepare(int tokens) {
        if (speculation.most() == 0 || !speculation.adaptive()) {
            return;
        }
        History history = run.history();
        int read = length.prompt(tokens, Math.min(DraftModel.WINDOW, history.size() - 1));
        if (read > 0) {
            long begin = System.nanoTime();
            drafter.read(history, read);
            length.observePrompt(read, System.nanoTime() - begin);
            run.prepared();
        }
    }

    private int step(int id) {
        certain.truncate(0);
        certain.add(id);
        int room = lanes.makeRoom();
        while (certain.size() < Math.min(room, TextRun.MOST_FORCED) && run.hasForced()) {
            int forced = run.nextForced();
            if (forced == TextRun.END) {
                return forced;
            }
            certain.add(forced);
        }
        int most = Math.min(Math.min(wanted(), run.left()), room - certain.size());
        long begin = System.nanoTime();
        guesses.clear();
        if (most > 0) {
            drafter.draft(lanes.own(), run.history(), most, !speculation.adaptive() || length.isWhole(), guesses);
            guesses.limit(lanes.vocabulary());
        }
        long drafted = System.nanoTime();
        Matrix logits = lanes.check(certain, guesses);
        long checked = System.nanoTime();
        int branch = 0;
        int depth = 0;
        int next = run.next(logits, lanes.row(0, 0), lanes);
        for (int b = guesses.continuing(0, 0, next); b >= 0; b = guesses.continuing(branch, depth, next)) {
            branch = b;
            depth++;
            next = run.next(logits, lanes.row(branch, depth), lanes);
        }
        lanes.keep(branch, depth);
        length.observe(Math.max(0, most), guesses.depth(), depth, drafted - begin, checked - drafted);
        guessed += guesses.size();
        right += depth;
        passes++;
        return next;
    }

    private int wanted() {
        if (!speculation.adaptive() || speculation.most() == 0) {
            return speculation.most();
        }
        return length.choose(drafter.unread(run.history(), false), drafter.unread(run.history(), true));
    }
}
