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
final class Lanes implements TextRun.Mixer, AutoCloseable {
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
    /** Rows of the last result that are the text's own; what they are mixed with comes behind. */
    private int rows;
    /** What the first token's logits are mixed with, where the negative prompt gave them. */
    private float @Nullable [] first;

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

    /** Processes the prompt; row {@link #row}{@code (0, 0)} of the result, once {@link #mix}ed, are the logits of the first token. */
    Matrix start(Generator generator, Generator.Task task) {
        if (source instanceof Guidance guidance) {
            Generator.Task opposite = generator.opposite(task, guidance.negative());
            negative = opposite.sequence();
            Matrix logits = generator.prefill(opposite);
            first = logits.toArray(logits.rows() - 1);
        }
        Matrix logits = generator.prefill(task, task.scoresPrompt(), observer);
        rows = exits == null ? logits.rows() : logits.rows() / (1 + exits.count());
        branches[0].row = rows - 1;
        return logits;
    }

    /** How many tokens fit, some of the text being forgotten, as it was told, where none does. */
    int makeRoom() {
        int room = whenFull.makeRoom(own, 1);
        return negative == null ? room : Math.min(room, whenFull.makeRoom(negative, 1));
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
        rows = 0;
        first = null;
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
        return engine.forward(batch, observer);
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

    @Override
    public void mix(Matrix logits, int r, long @Nullable [] allowed) {
        switch (source) {
            case Guidance guidance -> {
                load(logits, r);
                guidance.mix(row, first == null ? other(logits, 0, r + rows) : first);
                store(logits, r);
            }
            case Dola dola -> {
                load(logits, r);
                for (int i = 0; exits != null && i < exits.count(); i++) {
                    other(logits, i, r + (1 + i) * rows);
                }
                dola.mix(row, others, allowed);
                store(logits, r);
            }
            case LogitSource.Model model -> {}
            case ContrastiveSearch search -> {}
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
