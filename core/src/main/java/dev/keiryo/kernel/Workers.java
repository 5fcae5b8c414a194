package dev.keiryo.kernel;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed pool of threads that split ranges of work. The caller is one of them. Who waits, for a job or for the others
 * to finish theirs, spins for a moment, as the next operation follows within microseconds, and then parks. Waking takes
 * longer than most jobs: the caller waits for those only that have joined, and who comes late finds the job closed.
 */
public final class Workers implements AutoCloseable {
    /** A part {@code [from, to)} of a range of work, done by thread {@code worker}. */
    @FunctionalInterface
    public interface Part {
        void run(int from, int to, int worker);
    }

    /**
     * What part of its share of the work left a thread takes, in eighths: large parts first, small ones at the end. Each part begins
     * with waiting for memory, so that few are better.
     */
    private static final int EIGHTHS = 6;

    /** Longer than the gap between two tokens; where others want the processors, longer spins take them from those waited for. */
    private static final int SPINS = 20_000;

    /** Added to {@link #running} when no more threads may join. */
    private static final int CLOSED = Integer.MIN_VALUE;

    /** None with more threads than processors: spinning would keep from running those waited for. */
    private final int spins;

    private final Worker[] others;
    private final int size;
    /** The first step of the current job that nobody has taken. */
    private final AtomicInteger next = new AtomicInteger();
    /** Workers that have joined the current job and not finished it; negative once it is closed. Publishes the fields of the job. */
    private final AtomicInteger running = new AtomicInteger(CLOSED);
    /** The current job's number; its change starts the workers. */
    private volatile int epoch;

    private int jobs;
    private @Nullable Part part;
    private int range;
    private int grain;

    private volatile boolean closed;
    private volatile @Nullable Throwable failure;
    /** The caller, when it has parked for the workers to finish. */
    private volatile @Nullable Thread waiting;

    /** @param size threads, the caller included; at least 1 */
    public Workers(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("the number of threads must be at least 1, but is " + size);
        }
        this.size = size;
        spins = size <= Runtime.getRuntime().availableProcessors() ? SPINS : 0;
        others = new Worker[size - 1];
        for (int i = 0; i < others.length; i++) {
            others[i] = new Worker(i + 1);
            others[i].start();
        }
    }

    /** Number of threads. */
    public int size() {
        return size;
    }

    /**
     * Runs {@code job} over {@code [0, count)}, cut into parts at multiples of {@code step} that threads take as they get
     * free, so that none waits for a slower one; returns when all is done. One caller at a time, and not from within a job. What a part throws is thrown here, once
     * all have ended that were begun; others may then be left undone.
     */
    public void run(int count, int step, Part job) {
        if (closed || part != null) {
            throw new IllegalStateException(closed ? "the workers are closed" : "the workers have a job already");
        }
        int steps = Math.ceilDiv(count, step);
        if (size == 1 || steps <= 1) {
            if (count > 0) {
                job.run(0, count, 0);
            }
            return;
        }
        part = job;
        range = count;
        grain = step;
        failure = null;
        next.set(0);
        running.set(0);
        epoch = ++jobs;
        for (Worker w : others) {
            w.wake();
        }
        try {
            share(job, 0);
        } catch (Throwable t) {
            failure = t;
        } finally {
            awaitOthers();
            part = null;
        }
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private void share(Part job, int worker) {
        int steps = Math.ceilDiv(range, grain);
        for (int at = next.get(); at < steps; at = next.get()) {
            int chunk = Math.max(1, (int) ((long) (steps - at) * EIGHTHS / (8L * size)));
            if (next.compareAndSet(at, at + chunk)) {
                job.run(at * grain, (int) Math.min(range, (long) (at + chunk) * grain), worker);
            }
        }
    }

    private void awaitOthers() {
        running.getAndAdd(CLOSED);
        for (int i = 0; running.get() != CLOSED && i < spins; i++) {
            Thread.onSpinWait();
        }
        if (running.get() != CLOSED) {
            // Either the last worker sees this, or the loop sees that it has finished.
            waiting = Thread.currentThread();
            while (running.get() != CLOSED) {
                LockSupport.park(this);
            }
            waiting = null;
        }
    }

    /** Ends the threads. Not while a job runs. */
    @Override
    public void close() {
        closed = true;
        for (Worker w : others) {
            w.wake();
        }
    }

    private final class Worker extends Thread {
        private final int index;
        private volatile boolean parked;

        Worker(int index) {
            super("keiryo-" + index);
            this.index = index;
            setDaemon(true);
        }

        /** To be called after the change that the worker waits for: it then sees the change, or we that it parked. */
        void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            for (int seen = 0; awaitJob(seen); ) {
                seen = epoch;
                // Perhaps of a later job than the one seen: then that has been joined.
                if (enter()) {
                    try {
                        share(requireNonNull(part), index);
                    } catch (Throwable t) {
                        failure = t;
                    } finally {
                        finish();
                    }
                }
            }
        }

        private boolean enter() {
            int entered = running.get();
            while (entered >= 0 && !running.compareAndSet(entered, entered + 1)) {
                entered = running.get();
            }
            return entered >= 0;
        }

        /** Whether there is a job after number {@code seen}; false when the pool has been closed. */
        private boolean awaitJob(int seen) {
            for (int i = 0; epoch == seen && i < spins; i++) {
                Thread.onSpinWait();
            }
            parked = true;
            while (epoch == seen && !closed) {
                LockSupport.park(Workers.this);
            }
            parked = false;
            return epoch != seen;
        }

        private void finish() {
            if (running.decrementAndGet() == CLOSED) {
                Thread caller = waiting;
                if (caller != null) {
                    LockSupport.unpark(caller);
                }
            }
        }
    }
}
