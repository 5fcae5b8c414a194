package dev.keiryo.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed pool of threads that split ranges of work. The caller is one of them; the others spin for a moment after a
 * job, then park.
 */
public final class Workers implements AutoCloseable {
    /** A part {@code [from, to)} of a range of work, done by thread {@code worker}. */
    @FunctionalInterface
    public interface Part {
        void run(int from, int to, int worker);
    }

    private static final int SPINS = 20_000;

    private final Thread[] threads;
    private final int size;
    private final AtomicInteger running = new AtomicInteger();
    private volatile int epoch;
    private int next = 1;
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;
    private @Nullable Part part;
    private int range;
    private int grain;

    /** @param size threads, the caller included; at least 1 */
    public Workers(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("the number of threads must be at least 1, but is " + size);
        }
        this.size = size;
        threads = new Thread[size - 1];
        for (int i = 0; i < threads.length; i++) {
            int worker = i + 1;
            threads[i] = Thread.ofPlatform().daemon().name("keiryo-" + worker).start(() -> serve(worker));
        }
    }

    /** Number of threads. */
    public int size() {
        return size;
    }

    /**
     * Runs {@code job} over {@code [0, count)}, cut into one part for each thread at multiples of {@code step}, and
     * returns when all is done. One caller at a time.
     */
    public void run(int count, int step, Part job) {
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
        running.set(threads.length);
        epoch = next++;
        for (Thread t : threads) {
            LockSupport.unpark(t);
        }
        try {
            share(job, 0);
        } finally {
            while (running.get() > 0) {
                Thread.onSpinWait();
            }
            part = null;
        }
        Throwable thrown = failure;
        if (thrown != null) {
            throw new IllegalStateException("a worker failed: " + thrown, thrown);
        }
    }

    private void share(Part job, int worker) {
        long steps = Math.ceilDiv(range, grain);
        int from = (int) (steps * worker / size) * grain;
        int to = Math.min(range, (int) (steps * (worker + 1) / size) * grain);
        if (from < to) {
            job.run(from, to, worker);
        }
    }

    private void serve(int worker) {
        int seen = 0;
        while (true) {
            for (int i = 0; epoch == seen && i < SPINS; i++) {
                Thread.onSpinWait();
            }
            while (epoch == seen) {
                if (closed) {
                    return;
                }
                LockSupport.park(this);
            }
            seen++;
            Part job = part;
            try {
                if (job != null) {
                    share(job, worker);
                }
            } catch (Throwable t) {
                failure = t;
            } finally {
                running.decrementAndGet();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread t : threads) {
            LockSupport.unpark(t);
        }
    }
}
