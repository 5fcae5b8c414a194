package dev.keiryo.generate;

import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.tensor.Matrix;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/**
 * Many texts at once on one engine: continuous batching (Yu et al., Orca, OSDI 2022). Each step processes the next token
 * of every text that is being written, and beside them stretches of prompts that are being read, so that nobody waits for
 * another's prompt or text to end. Texts join and leave between steps.
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
            try {
                step();
            } catch (RuntimeException | Error failure) {
                // The engine itself failed: no text can go on from here.
                for (Request r : running) {
                    r.fail(failure);
                }
                running.clear();
            }
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
            while (!closed && running.size() < limits.sequences() && !waiting.isEmpty()) {
                running.add(waiting.remove());
            }
            return !closed;
        }
    }

    private void step() {
        running.removeIf(Request::leave);
        batch.clear();
        int reading = 0;
        for (Request r : running) {
            reading += r.addToken(batch) ? 0 : 1;
        }
        for (Request r : running) {
            if (r.isReading()) {
                r.encode();
                // Equal shares: a long prompt does not keep short ones from their first token.
                r.addPrompt(batch, Math.ceilDiv(limits.tokens() - batch.count(), reading));
                reading--;
            }
        }
        if (batch.count() == 0) {
            return;
        }
        Matrix logits = engine.forward(batch);
        for (Request r : running) {
            r.take(logits);
        }
        running.removeIf(Request::leave);
        // Whoever was first to get a share of odd tokens is last next time.
        Collections.rotate(running, 1);
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
    private static final class Request implements Ticket {
        private final CompletableFuture<Generation> result = new CompletableFuture<>();
        private final Generator.Task task;
        private final int[] next = new int[1];
        /** Tokens of the start that have been processed. */
        private int read;
        /** Rows of logits that the current step gives, and the first of them. */
        private int rows;

        private int row;

        private boolean ended;
        private volatile boolean cancelled;

        Request(Generator.Task task) {
            this.task = task;
            this.read = task.sequence().length();
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
            return read < task.start().length;
        }

        /** Encoder-decoders: before anything else. */
        void encode() {
            if (read == 0) {
                task.encode();
            }
        }

        boolean addToken(Batch batch) {
            rows = 0;
            if (isReading()) {
                return false;
            }
            row = batch.outputs();
            rows = 1;
            batch.add(task.sequence(), next, 0, 1, Batch.Output.LAST);
            return true;
        }

        void addPrompt(Batch batch, int most) {
            int to = Math.min(task.start().length, read + most);
            if (to == read) {
                return;
            }
            Batch.Output output = task.scoresPrompt()
                    ? Batch.Output.ALL
                    : to == task.start().length ? Batch.Output.LAST : Batch.Output.NONE;
            row = batch.outputs();
            batch.add(task.sequence(), task.start(), read, to, output);
            rows = batch.outputs() - row;
            read = to;
        }

        /** Takes its rows of the step's result. */
        void take(Matrix logits) {
            if (rows == 0) {
                return;
            }
            try {
                task.scorePrompt(logits, row, read - rows, read);
                if (!isReading()) {
                    next[0] = task.run().next(logits, row + rows - 1);
                    ended = next[0] == TextRun.END;
                }
            } catch (RuntimeException | Error failure) {
                // The listener's or the sampler's: this text's alone.
                fail(failure);
            }
        }

        /** Whether the text has ended; if so, it gives back its memory. */
        boolean leave() {
            if (!ended && !cancelled) {
                return false;
            }
            if (result.isDone()) {
                return true;
            }
            task.close();
            result.complete(task.run().result(Generation.Drafts.NONE));
            return true;
        }

        void fail(Throwable failure) {
            ended = true;
            task.close();
            result.completeExceptionally(failure);
        }
    }
}
