package dev.keiryo.generate;

import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.OutOfPagesException;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.tensor.Matrix;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * One text of a {@link Scheduler} and how far it has come. Its thread alone calls all but {@link #result} and {@link #cancel}.
 */
final class ScheduledText implements Scheduler.Ticket {
    private final Engine engine;
    private final Scheduler.Limits limits;
    private final CompletableFuture<Generation> result = new CompletableFuture<>();
    private final Generator.Task task;
    /** What is to be read before it is written on: the start, or all that there was when the pages were given back. */
    private int[] text;
    /** Tokens of {@link #text} that have been processed. */
    private int read;
    /** Whether the token behind {@link #text}, or behind the last step's, is known: {@link #next}. */
    private boolean drawn;
    /** Tokens that are drawn or forced, and have not been processed. */
    private int[] next = new int[1];

    private int fresh;

    /** Tokens of the start that have been scored. */
    private int scored;
    /** Tokens that the current step gives it. */
    private int planned;
    /** What {@link #read} is behind the current step. */
    private int reached;
    /** Rows of logits that the current step gives, and the first of them. */
    private int rows;

    private int row;
    private long admitted;

    private boolean ended;
    private boolean prepared;
    private volatile boolean cancelled;

    ScheduledText(Engine engine, Scheduler.Limits limits, Generator.Task task) {
        this.engine = engine;
        this.limits = limits;
        this.task = task;
        this.text = task.start();
    }

    @Override
    public CompletableFuture<Generation> result() {
        return result;
    }

    @Override
    public void cancel() {
        cancelled = true;
    }

    /** Lets it in as the {@code nth}. */
    void admit(long nth) {
        admitted = nth;
    }

    /** When it was let in, counted in admissions. */
    long admitted() {
        return admitted;
    }

    boolean hasEnded() {
        return ended;
    }

    /** Whether there is more to read before it is written on. */
    boolean isReading() {
        return read < text.length;
    }

    /** Whether it takes part in the current step. */
    boolean isPlanned() {
        return planned > 0 && !ended;
    }

    /** Bytes of pages for what is to be read, and for a page of tokens more. */
    long promised() {
        int tokens = Math.max(text.length, task.sequence().length()) + KvCache.PAGE;
        return engine.cacheBytes(Math.min(tokens, task.sequence().capacity()), limits.tokens());
    }

    /** Bytes of pages that were promised, and are not taken yet. */
    long outstanding() {
        return Math.max(0, promised() - task.sequence().cache().bytes());
    }

    /** Plans the tokens that it is written on by, none while it is read. Returns how many. */
    int planWritten() {
        planned = isReading() ? 0 : fresh;
        return planned;
    }

    /**
     * Plans to read up to {@code share} tokens. Returns how many those are.
     *
     * @param alone whether no other text could give it pages
     */
    int planRead(int share, boolean alone) {
        planned = share;
        prepare(alone);
        return Math.min(share, text.length - read);
    }

    /** Before the first token is read. */
    private void prepare(boolean alone) {
        if (!prepared) {
            prepared = true;
            try {
                task.prepare(text, true);
                read = task.sequence().length();
            } catch (OutOfPagesException shortage) {
                // An encoder's text needs them at once: others will end.
                prepared = false;
                planned = 0;
                if (alone) {
                    fail(shortage);
                }
            } catch (RuntimeException | Error failure) {
                fail(failure);
            }
        }
    }

    /** Adds the tokens that are planned. */
    void addTo(Batch batch) {
        row = batch.outputs();
        reached = read;
        if (isReading()) {
            int room = task.whenFull().makeRoom(task.sequence(), Math.max(1, task.start().length - read));
            int to = Math.min(text.length, read + Math.min(planned, room));
            Batch.Output output = drawn
                    ? Batch.Output.NONE
                    : task.scoresPrompt()
                            ? Batch.Output.ALL
                            : to == text.length ? Batch.Output.LAST : Batch.Output.NONE;
            batch.add(task.sequence(), text, read, to, output);
            reached = to;
        } else {
            task.whenFull().makeRoom(task.sequence(), 1);
            batch.add(task.sequence(), next, 0, fresh, Batch.Output.LAST);
        }
        rows = batch.outputs() - row;
    }

    /** Takes its rows of the step's result. */
    void take(Matrix logits) {
        planned = 0;
        boolean prompt = isReading();
        read = reached;
        if (rows == 0) {
            return;
        }
        try {
            if (task.scoresPrompt() && prompt) {
                int from = Math.max(scored, read - rows);
                task.scorePrompt(logits, row + from - (read - rows), from, read);
                scored = Math.max(scored, read);
            }
            if (!isReading()) {
                if (!drawn) {
                    // Others that are let in from now on need not read the same again.
                    engine.keep(task.sequence());
                }
                fresh = 0;
                // What is forgotten where the context is full is forgotten before a step, not within.
                int fitting =
                        Math.max(1, task.sequence().capacity() - task.sequence().length());
                int most = Math.min(fitting, limits.tokens() / limits.sequences());
                add(task.run().next(logits, row + rows - 1));
                while (!ended && fresh < most && task.run().hasForced()) {
                    add(task.run().nextForced());
                }
                drawn = true;
            }
        } catch (RuntimeException | Error failure) {
            // The listener's or the sampler's: this text's alone.
            fail(failure);
        }
    }

    private void add(int id) {
        if (fresh == next.length) {
            next = Arrays.copyOf(next, 2 * fresh);
        }
        next[fresh++] = id;
        ended = id == TextRun.END;
    }

    /** Gives back its memory, to be computed anew from what there is of it. */
    void giveBack() {
        planned = 0;
        prepared = false;
        read = 0;
        if (drawn) {
            int[] all = task.run().history().toArray();
            text = Arrays.copyOf(all, all.length - fresh);
        }
        engine.keep(task.sequence());
        task.sequence().truncate(0);
    }

    /** Whether the text has ended; if so, it gives back its memory. */
    boolean leave() {
        if (!ended && !cancelled) {
            return false;
        }
        ended = true;
        if (!result.isDone()) {
            task.close();
            result.complete(task.run().result(Generation.Drafts.NONE));
        }
        return true;
    }

    /** Ends it without a result. */
    void fail(Throwable failure) {
        ended = true;
        task.close();
        result.completeExceptionally(failure);
    }
}
