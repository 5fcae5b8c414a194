package dev.keiryo.generate;

import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.OutOfPagesException;
import dev.keiryo.cache.PrefixTree;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.tensor.Matrix;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many texts at once on one engine: continuous batching (Yu et al., Orca, OSDI 2022). Each step processes the next token
 * of every text that is being written, and beside them stretches of prompts that are being read, so that nobody waits for
 * another's prompt or text to end. Texts join and leave between steps.
 *
 * <p>A text is let in when there are pages for what it has to read. Where they run out all the same, the text that came last
 * gives its own back, waits, and is then computed anew, which gives the same bits: no text fails because another was let in.
 *
 * <p>Each text is, to the bit, what it would be alone: see {@code kernel.Kernels}.
 *
 * <p>Thread-safe. One thread of its own drives the engine, which nobody else should use meanwhile.
 */
public final class Scheduler implements AutoCloseable {
    /**
     * @param sequences texts at a time; further requests wait in their order
     * @param tokens of a step: at least one for each text, the rest for prompts
     */
    public record Limits(int sequences, int tokens) {
        /** 64 texts, 512 tokens. */
        public static final Limits DEFAULT = new Limits(64, 512);

        public Limits {
            if (sequences < 1 || tokens < sequences) {
                throw new IllegalArgumentException(
                        "%d sequences and %d tokens a step: expected at least 1, and a token for each sequence"
                                .formatted(sequences, tokens));
            }
        }
    }

    private final Engine engine;
    private final Generator generator;
    private final Limits limits;
    private final ArrayDeque<Request> waiting = new ArrayDeque<>();
    /** Only the driving thread touches these. */
    private final List<Request> running = new ArrayList<>();

    private final Batch batch = new Batch();
    private final Thread thread;
    private long admissions;
    private final AtomicLong preemptions = new AtomicLong();
    private boolean closed;

    public Scheduler(Engine engine, Generator generator, Limits limits) {
        this.engine = engine;
        this.generator = generator;
        this.limits = limits;
        this.thread = Thread.ofPlatform().name("keiryo-scheduler").daemon().start(this::drive);
    }

    /** A text that was asked for. */
    public interface Ticket {
        /** Completes when the text has ended; exceptionally where it could not be generated. */
        CompletableFuture<Generation> result();

        /** Ends the text before the next step; its result is what there was until then. */
        void cancel();
    }

    /**
     * Asks for a text. {@code listener} is called by the driving thread and should return soon. Guessing ahead
     * ({@link GenerateOptions#speculation}) does not apply: the batch fills the machine already.
     *
     * @throws IllegalArgumentException where the prompt does not fit the context, or the model cannot generate
     */
    public Ticket submit(int[] prompt, GenerateOptions options, Generator.Listener listener) {
        if (options.chain().source() != LogitSource.MODEL) {
            throw new IllegalArgumentException(
                    options.chain().source() + " takes one text at a time; it is not for many texts at once");
        }
        if (options.whenFull().goesOn()) {
            throw new IllegalArgumentException("--context-full "
                    + options.whenFull().policy().name().toLowerCase(Locale.ROOT)
                    + " takes one text at a time; many texts at once stop when their context is full");
        }
        Request request = new Request(generator.begin(prompt, options, listener));
        synchronized (waiting) {
            if (closed) {
                throw new IllegalStateException("the scheduler has been closed");
            }
            waiting.add(request);
            waiting.notifyAll();
        }
        return request;
    }

    private void drive() {
        while (admit()) {
            running.removeIf(Request::leave);
            plan();
            if (running.stream().anyMatch(Request::isPlanned)) {
                compute(running);
            } else {
                // Encoders' texts that found no pages: one of them less.
                giveWay();
            }
            running.removeIf(Request::leave);
            // Whoever was first to get a share of odd tokens is last next time.
            Collections.rotate(running, 1);
        }
        for (Request r : running) {
            r.fail(new CancellationException("the scheduler was closed"));
        }
    }

    /** Lets requests in, and waits where there are none. Returns false when closed. */
    private boolean admit() {
        synchronized (waiting) {
            while (!closed && running.isEmpty() && waiting.isEmpty()) {
                try {
                    waiting.wait();
                } catch (InterruptedException e) {
                    closed = true;
                }
            }
            waiting.removeIf(Request::leave);
            while (!closed && running.size() < limits.sequences() && !waiting.isEmpty() && fits(waiting.element())) {
                Request r = waiting.remove();
                r.admitted = ++admissions;
                running.add(r);
            }
            return !closed;
        }
    }

    /**
     * Whether there are the pages for what {@code next} has to read, and some more, besides what was promised to those that
     * are running. They may still run out later, as nobody knows how long texts get: see {@link #giveWay}.
     */
    private boolean fits(Request next) {
        if (running.isEmpty()) {
            return true;
        }
        PrefixTree prefixes = engine.prefixes();
        long free = engine.pool().available() + (prefixes == null ? 0 : prefixes.reclaimable());
        for (Request r : running) {
            free -= Math.max(0, r.promised() - r.task.sequence().cache().bytes());
        }
        return next.promised() <= free;
    }

    /** Says how many tokens each text gets in this step. */
    private void plan() {
        int tokens = 0;
        int reading = 0;
        for (Request r : running) {
            r.planned = r.isReading() ? 0 : r.fresh;
            tokens += r.planned;
            reading += r.isReading() ? 1 : 0;
        }
        for (Request r : running) {
            if (r.isReading()) {
                // Equal shares: a long prompt does not keep short ones from their first token.
                r.planned = Math.ceilDiv(limits.tokens() - tokens, reading--);
                tokens += Math.min(r.planned, r.prepare());
            }
        }
    }

    /** One step of those of {@code texts} that are to take part. What cannot be computed together is tried one by one. */
    private void compute(List<Request> texts) {
        while (true) {
            List<Request> taking = texts.stream().filter(Request::isPlanned).toList();
            if (taking.isEmpty()) {
                return;
            }
            try {
                batch.clear();
                for (Request r : taking) {
                    r.addTo(batch);
                }
                Matrix logits = engine.forward(batch);
                for (Request r : taking) {
                    r.take(logits);
                }
                return;
            } catch (OutOfPagesException shortage) {
                if (!giveWay()) {
                    taking.forEach(r -> r.fail(shortage));
                    return;
                }
            } catch (RuntimeException | Error failure) {
                if (taking.size() == 1) {
                    taking.getFirst().fail(failure);
                    return;
                }
                taking.forEach(r -> compute(List.of(r)));
                return;
            }
        }
    }

    /**
     * The text that was let in last gives its pages back and waits until it can have them again; what it had is computed
     * anew then. Returns false where only one is left.
     */
    private boolean giveWay() {
        Request last = null;
        int alive = 0;
        for (Request r : running) {
            alive += r.ended ? 0 : 1;
            last = !r.ended && (last == null || r.admitted > last.admitted) ? r : last;
        }
        if (last == null || alive < 2) {
            return false;
        }
        last.giveBack();
        running.remove(last);
        preemptions.incrementAndGet();
        synchronized (waiting) {
            waiting.addFirst(last);
        }
        return true;
    }

    /** How often a text had to give its pages back and was computed anew. */
    public long preemptions() {
        return preemptions.get();
    }

    @Override
    public void close() {
        synchronized (waiting) {
            closed = true;
            waiting.notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Request r : waiting) {
            r.fail(new CancellationException("the scheduler was closed"));
        }
    }

    /** One text and how far it has come. */
    private final class Request implements Ticket {
        private final CompletableFuture<Generation> result = new CompletableFuture<>();
        private final Generator.Task task;
        /** What is to be read before it is written on: the start, or all that there was when the pages were given back. */
        private int[] text;
        /** Whether the token behind {@link #text}, or behind the last step's, is known: {@link #next}. */
        private boolean drawn;
        /** Tokens that are drawn or forced, and have not been processed. */
        private int[] next = new int[1];

        private int fresh;

        /** Tokens of the start that have been scored. */
        private int scored;
        /** Tokens that the current step gives it. */
        private int planned;
        /** Rows of logits that the current step gives, and the first of them. */
        private int rows;

        private int row;
        /** When it was let in, counted in admissions. */
        private long admitted;

        private boolean ended;
        private boolean prepared;
        private volatile boolean cancelled;

        Request(Generator.Task task) {
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

        boolean isReading() {
            return task.sequence().length() < text.length;
        }

        boolean isPlanned() {
            return planned > 0 && !ended;
        }

        /** Bytes of pages for what is to be read, and for a page of tokens more. */
        long promised() {
            int tokens = Math.max(text.length, task.sequence().length()) + KvCache.PAGE;
            return engine.cacheBytes(Math.min(tokens, task.sequence().capacity()), limits.tokens());
        }

        /** Before the first token is read. Returns how many are left to read. */
        int prepare() {
            if (!prepared) {
                prepared = true;
                try {
                    task.prepare(text, true);
                } catch (OutOfPagesException shortage) {
                    // An encoder's text needs them at once: others will end.
                    prepared = false;
                    planned = 0;
                    if (running.size() == 1) {
                        fail(shortage);
                    }
                } catch (RuntimeException | Error failure) {
                    fail(failure);
                }
            }
            return text.length - task.sequence().length();
        }

        void addTo(Batch batch) {
            row = batch.outputs();
            if (isReading()) {
                int from = task.sequence().length();
                int to = Math.min(text.length, from + planned);
                Batch.Output output = drawn
                        ? Batch.Output.NONE
                        : task.scoresPrompt()
                                ? Batch.Output.ALL
                                : to == text.length ? Batch.Output.LAST : Batch.Output.NONE;
                batch.add(task.sequence(), text, from, to, output);
            } else {
                batch.add(task.sequence(), next, 0, fresh, Batch.Output.LAST);
            }
            rows = batch.outputs() - row;
        }

        /** Takes its rows of the step's result. */
        void take(Matrix logits) {
            planned = 0;
            if (rows == 0) {
                return;
            }
            try {
                int read = task.sequence().length();
                if (task.scoresPrompt() && read <= task.start().length) {
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
                    add(task.run().next(logits, row + rows - 1));
                    while (!ended
                            && fresh < limits.tokens() / limits.sequences()
                            && task.run().hasForced()) {
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

        void giveBack() {
            planned = 0;
            prepared = false;
            if (drawn) {
                text = task.sequence().tokens();
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

        void fail(Throwable failure) {
            ended = true;
            task.close();
            result.completeExceptionally(failure);
        }
    }
}
