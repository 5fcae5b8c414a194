package dev.keiryo.generate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.tensor.Matrix;
import java.util.ArrayList;
import java.util.List;

/** {@link ContrastiveSearch} at work: each step processes the candidates, each in a fork of the text, and keeps one. */
final class ContrastiveLoop {
    private final Engine engine;
    private final Generator.Task task;
    private final ContrastiveSearch search;
    /** Hidden states of all tokens so far, and of the present candidates. */
    private final List<float[]> past = new ArrayList<>();

    private final List<float[]> fresh = new ArrayList<>();
    private final Batch batch = new Batch();
    private final int[] ids;
    private final double[] probabilities;
    private int count;

    ContrastiveLoop(Engine engine, Generator.Task task, ContrastiveSearch search) {
        this.engine = engine;
        this.task = task;
        this.search = search;
        this.ids = new int[search.k()];
        this.probabilities = new double[search.k()];
    }

    Generation generate(Generator generator) {
        TextRun run = task.run();
        Sequence text = task.sequence();
        int passes = 0;
        try {
            Matrix logits = generator.prefill(task, true, ops -> new HiddenStates(ops, past::add));
            int row = logits.rows() - 1;
            for (boolean going = true; going && !run.isFull(); ) {
                float[] before = logits.toArray(row);
                choices(run.candidates(logits, row));
                List<Sequence> forks = fork(text);
                int best = 0;
                if (!forks.isEmpty()) {
                    try {
                        fresh.clear();
                        logits = engine.forward(batch, ops -> new HiddenStates(ops, fresh::add));
                        best = best();
                        past.add(fresh.get(best));
                        text.close();
                        text = forks.remove(best);
                        row = best;
                        passes++;
                    } finally {
                        forks.forEach(Sequence::close);
                    }
                }
                going = run.choose(ids[best], before) != TextRun.END && batch.count() > 0;
            }
        } finally {
            engine.keep(text);
            text.close();
        }
        return run.result(new Generation.Drafts(0, 0, passes));
    }

    private void choices(Candidates left) {
        left.rank(search.k());
        count = Math.min(search.k(), left.count());
        for (int i = 0; i < count; i++) {
            ids[i] = left.id(left.ranked(i));
            probabilities[i] = left.probability(left.ranked(i));
        }
    }

    /** A fork of {@code text} for each choice, all in the batch; none where the context is full. */
    private List<Sequence> fork(Sequence text) {
        List<Sequence> forks = new ArrayList<>();
        batch.clear();
        for (int i = 0; i < count && text.length() < text.capacity(); i++) {
            Sequence fork = text.fork();
            forks.add(fork);
            batch.add(fork, ids, i, i + 1, Batch.Output.LAST);
        }
        return forks;
    }

    /** The choice of the greatest score; of equals the more probable. */
    private int best() {
        int best = 0;
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            double closest = -1;
            for (float[] state : past) {
                closest = Math.max(closest, HiddenStates.product(fresh.get(i), state));
            }
            double score = (1 - search.alpha()) * probabilities[i] - search.alpha() * closest;
            if (score > most) {
                most = score;
                best = i;
            }
        }
        return best;
    }
}
