package dev.keiryo.convert;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/** Does pieces of work on all threads, a few at a time, and hands on what comes of them in their order. */
final class Pieces implements AutoCloseable {
    /** What makes pieces, with memory of its own: one is used for many, one after the other. */
    interface Maker {
        /** Makes of {@code [from, to)} what {@link #handOn} then finds. */
        void make(int from, int to) throws IOException;

        /** Takes what was made last; called by one thread alone, in order. */
        void handOn() throws IOException;
    }

    /** Gives makers. */
    interface Makers {
        Maker get() throws IOException;
    }

    private final ExecutorService executor;
    private final int makers;

    Pieces(int threads) {
        this.executor = Executors.newFixedThreadPool(threads);
        // What the threads have in hand, and one waiting for each: this thread writes meanwhile.
        this.makers = 2 * threads;
    }

    /** Makes {@code [0, count)} in pieces of {@code step}. */
    void run(int count, int step, Makers source) throws IOException {
        ArrayDeque<Maker> free = new ArrayDeque<>();
        ArrayDeque<Future<Maker>> begun = new ArrayDeque<>();
        try {
            for (int i = Math.clamp(Math.ceilDiv(count, step), 0, makers); i > 0; i--) {
                free.add(source.get());
            }
            for (int from = 0; from < count || !begun.isEmpty(); ) {
                if (from < count && !free.isEmpty()) {
                    Maker maker = free.remove();
                    int first = from;
                    int last = Math.min(count, from + step);
                    begun.add(executor.submit(() -> {
                        maker.make(first, last);
                        return maker;
                    }));
                    from = last;
                } else {
                    Maker made = await(begun.remove());
                    made.handOn();
                    free.add(made);
                }
            }
        } finally {
            // Nobody may read the source any more when this fails.
            for (Future<Maker> f : begun) {
                settle(f);
            }
        }
    }

    private static Maker await(Future<Maker> begun) throws IOException {
        try {
            return begun.get();
        } catch (InterruptedException e) {
            settle(begun);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException io) {
                throw io;
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw cause instanceof RuntimeException r ? r : new IllegalStateException(e);
        }
    }

    /** Waits until it has ended, however. */
    private static void settle(Future<Maker> f) {
        while (f.state() == Future.State.RUNNING) {
            LockSupport.parkNanos(100_000);
        }
    }

    @Override
    public void close() {
        executor.close();
    }
}
