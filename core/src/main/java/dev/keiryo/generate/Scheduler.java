package dev.keiryo.generate;

import dev.keiryo.cache.OutOfPagesException;
import dev.keiryo.cache.PrefixTree;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.tensor.Matrix;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
    private final ArrayDeque<ScheduledText> waiting = new ArrayDeque<>();
    /** Only the driving thread touches these. */
    private final List<ScheduledText> running = new ArrayList<>();

    /** Those that take part in the current step. */
    private final List<ScheduledText> taking = new ArrayList<>();

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
        ScheduledText text = new ScheduledText(engine, limits, generator.begin(prompt, options, listener));
        synchronized (waiting) {
            if (closed) {
                throw new IllegalStateException("the scheduler has been closed");
            }
            waiting.add(text);
            waiting.notifyAll();
        }
        return text;
    }

    private void drive() {
        while (admit()) {
            running.removeIf(ScheduledText::leave);
            plan();
            step();
            running.removeIf(ScheduledText::leave);
            // Whoever was first to get a share of odd tokens is last next time.
            Collections.rotate(running, 1);
        }
        for (ScheduledText r : running) {
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
            waiting.removeIf(ScheduledText::leave);
            while (!closed && running.size() < limits.sequences() && !waiting.isEmpty() && fits(waiting.element())) {
                ScheduledText r = waiting.remove();
                r.admit(++admissions);
                running.add(r);
            }
            return !closed;
        }
    }

    /**
     * Whether there are the pages for what {@code next} has to read, and some more, besides what was promised to those that
     * are running. They may still run out later, as nobody knows how long texts get: see {@link #giveWay}.
     */
    private boolean fits(ScheduledText next) {
        if (running.isEmpty()) {
            return true;
        }
        PrefixTree prefixes = engine.prefixes();
        long free = engine.pool().available() + (prefixes == null ? 0 : prefixes.reclaimable());
        for (ScheduledText r : running) {
            free -= r.outstanding();
        }
        return next.promised() <= free;
    }

    /** Says how many tokens each text gets in this step. */
    private void plan() {
        int tokens = 0;
        int reading = 0;
        for (ScheduledText r : running) {
            tokens += r.planWritten();
            reading += r.isReading() ? 1 : 0;
        }
        for (ScheduledText r : running) {
            if (r.isReading()) {
                // Equal shares: a long prompt does not keep short ones from their first token.
                int share = Math.ceilDiv(limits.tokens() - tokens, reading--);
                tokens += r.planRead(share, running.size() == 1);
            }
        }
    }

    /** Processes what has been planned. */
    private void step() {
        for (ScheduledText r : running) {
            if (r.isPlanned()) {
                taking.add(r);
            }
        }
        if (taking.isEmpty()) {
            // Encoders' texts that found no pages: one of them less.
            giveWay();
        } else {
            compute(0, taking.size());
        }
        taking.clear();
    }

    /**
     * Processes what is planned for {@code taking[from, to)}. What cannot be computed together is tried one by one. Those that
     * have given way meanwhile are no longer planned.
     */
    private void compute(int from, int to) {
        while (true) {
            int count = planned(from, to);
            if (count == 0) {
                return;
            }
            try {
                batch.clear();
                for (int i = from; i < to; i++) {
                    if (taking.get(i).isPlanned()) {
                        taking.get(i).addTo(batch);
                    }
                }
                Matrix logits = engine.forward(batch);
                for (int i = from; i < to; i++) {
                    if (taking.get(i).isPlanned()) {
                        taking.get(i).take(logits);
                    }
                }
                return;
            } catch (OutOfPagesException shortage) {
                if (!giveWay()) {
                    fail(from, to, shortage);
                    return;
                }
            } catch (RuntimeException | Error failure) {
                if (count == 1) {
                    fail(from, to, failure);
                } else {
                    for (int i = from; i < to; i++) {
                        compute(i, i + 1);
                    }
                }
                return;
            }
        }
    }

    /** How many of {@code taking[from, to)} are planned. */
    private int planned(int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            count += taking.get(i).isPlanned() ? 1 : 0;
        }
        return count;
    }

    /** Ends those of {@code taking[from, to)} that are planned. */
    private void fail(int from, int to, Throwable failure) {
        for (int i = from; i < to; i++) {
            if (taking.get(i).isPlanned()) {
                taking.get(i).fail(failure);
            }
        }
    }

    /**
     * The text that was let in last gives its pages back and waits until it can have them again; what it had is computed
     * anew then. Returns false where only one is left.
     */
    private boolean giveWay() {
        ScheduledText last = null;
        int alive = 0;
        for (ScheduledText r : running) {
            alive += r.hasEnded() ? 0 : 1;
            last = !r.hasEnded() && (last == null || r.admitted() > last.admitted()) ? r : last;
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
        for (ScheduledText r : waiting) {
            r.fail(new CancellationException("the scheduler was closed"));
        }
    }
}
