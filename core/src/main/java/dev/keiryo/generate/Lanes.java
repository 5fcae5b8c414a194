package dev.keiryo.generate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.IntSequence;
import java.lang.foreign.MemorySegment;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The sequences of one text, and what its logits are made of: the text's own sequence, that of a negative prompt where there
 * is one, and while guesses are checked a fork of each for every further branch.
 */
final class Lanes implements AutoCloseable {
    /** A branch: its sequences, its guesses, and where its rows begin. */
    private static final class Branch {
        private @Nullable Sequence own;
        private @Nullable Sequence negative;
        private int guesses;
        private int row;

        void close() {
            if (own != null) {
                own.close();
            }
            if (negative != null) {
                negative.close();
            }
            own = null;
            negative = null;
        }
    }

    private final Engine engine;
    private final LogitSource source;
    private final WhenFull whenFull;
    private final @Nullable EarlyExits exits;
    private final UnaryOperator<Ops> observer;
    private final Batch batch = new Batch();
    private final Branch[] branches;
    private Sequence own;
    private @Nullable Sequence negative;
    private int[] ids = new int[16];
    private float[] row = {};
    private float[][] others = {};

    /**
     * @param own holds nothing yet; closed by this
     * @param width most branches
     * @throws IllegalArgumentException where the model has not the layers that {@code source} names
     */
    Lanes(Engine engine, Sequence own, LogitSource source, int width, WhenFull whenFull) {
        this.whenFull = whenFull;
        this.engine = engine;
        this.own = own;
        this.source = source;
        this.branches = new Branch[width];
        for (int b = 0; b < width; b++) {
            branches[b] = new Branch();
        }
        this.exits = source instanceof Dola dola
                ? new EarlyExits(dola.candidates(engine.transformer().shape().layers()))
                : null;
        this.observer = exits == null ? UnaryOperator.identity() : exits;
    }

    /** The text's own sequence, as far as it is certain. */
    Sequence own() {
        return own;
    }

    /** Processes the prompt; row {@link #row}{@code (0, 0)} of the result are the logits of the first token. */
    Matrix start(Generator generator, Generator.Task task) {
        float[] other = null;
        if (source instanceof Guidance guidance) {
            Generator.Task opposite = generator.opposite(task, guidance.negative());
            negative = opposite.sequence();
            Matrix logits = generator.prefill(opposite);
            other = logits.toArray(logits.rows() - 1);
        }
        Matrix logits = generator.prefill(task, task.scoresPrompt(), observer);
        int rows = exits == null ? logits.rows() : logits.rows() / (1 + exits.count());
        branches[0].row = rows - 1;
        if (source instanceof Guidance guidance && other != null) {
            load(logits, rows - 1);
            guidance.mix(row, other);
            store(logits, rows - 1);
        } else {
            mix(logits, rows - 1, rows);
        }
        return logits;
    }

    /** Forgets some of the text, as it was told, where {@code tokens} more do not fit. */
    void makeRoom(int tokens) {
        whenFull.makeRoom(own, tokens);
        if (negative != null) {
            whenFull.makeRoom(negative, tokens);
        }
    }

    /** Ids that the model knows. */
    int vocabulary() {
        return engine.transformer().shape().vocabulary();
    }

    /**
     * Processes {@code certain}, one token or more, and behind them each branch of {@code guesses}; rows begin with that of
     * the last certain one. The result is valid until the next call.
     */
    Matrix check(IntSequence certain, Guesses guesses) {
        batch.clear();
        int count = Math.max(1, guesses.branches());
        int rows = 0;
        for (int b = 0; b < count; b++) {
            Branch branch = branches[b];
            branch.own = b == 0 ? own : own.fork();
            branch.guesses = guesses.branches() == 0 ? 0 : guesses.length(b);
            branch.row = rows;
            rows += 1 + branch.guesses;
            add(branch.own, certain, guesses, b);
        }
        for (int b = 0; b < count && negative != null; b++) {
            Sequence fork = b == 0 ? negative : negative.fork();
            branches[b].negative = fork;
            add(fork, certain, guesses, b);
        }
        Matrix logits = engine.forward(batch, observer);
        mix(logits, 0, rows);
        return logits;
    }

    private void add(Sequence sequence, IntSequence certain, Guesses guesses, int b) {
        int first = certain.size();
        int n = first + branches[b].guesses;
        if (ids.length < n) {
            ids = new int[n];
        }
        for (int i = 0; i < n; i++) {
            ids[i] = i < first ? certain.get(i) : guesses.token(b, i - first);
        }
        batch.add(sequence, ids, 0, n, first - 1);
    }

    /** The row of the token behind {@code depth} guesses of branch {@code b}. */
    int row(int b, int depth) {
        return branches[b].row + depth;
    }

    /** Goes on from branch {@code b}, of which {@code depth} guesses were right; all else is forgotten. */
    void keep(int b, int depth) {
        Branch kept = branches[b];
        int wrong = kept.guesses - depth;
        if (kept.own != null) {
            own = kept.own;
            own.truncate(own.length() - wrong);
            kept.own = null;
        }
        if (kept.negative != null) {
            negative = kept.negative;
            negative.truncate(negative.length() - wrong);
            kept.negative = null;
        }
        for (Branch branch : branches) {
            branch.close();
        }
    }

    /** Makes rows {@code [from, rows)}, the first of {@code rows} that the model gave for each of its results, final. */
    private void mix(Matrix logits, int from, int rows) {
        for (int r = from; r < rows && source != LogitSource.MODEL; r++) {
            load(logits, r);
            switch (source) {
                case Guidance guidance -> guidance.mix(row, other(logits, 0, r + rows));
                case Dola dola -> {
                    for (int i = 0; exits != null && i < exits.count(); i++) {
                        other(logits, i, r + (1 + i) * rows);
                    }
                    dola.mix(row, others);
                }
                case LogitSource.Model model -> {}
                case ContrastiveSearch search -> {}
            }
            store(logits, r);
        }
    }

    private void load(Matrix logits, int r) {
        if (row.length != logits.cols()) {
            row = new float[logits.cols()];
            others = new float[exits == null ? 1 : exits.count()][logits.cols()];
        }
        MemorySegment.copy(logits.data(), Matrix.F32, logits.rowOffset(r), row, 0, row.length);
    }

    private float[] other(Matrix logits, int i, int r) {
        MemorySegment.copy(logits.data(), Matrix.F32, logits.rowOffset(r), others[i], 0, row.length);
        return others[i];
    }

    private void store(Matrix logits, int r) {
        MemorySegment.copy(row, 0, logits.data(), Matrix.F32, logits.rowOffset(r), row.length);
    }

    @Override
    public void close() {
        for (Branch branch : branches) {
            branch.close();
        }
        engine.keep(own);
        own.close();
        if (negative != null) {
            negative.close();
        }
        if (exits != null) {
            exits.close();
        }
    }
}
