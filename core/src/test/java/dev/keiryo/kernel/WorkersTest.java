package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkersTest {
    @Test
    void everyIndexIsDoneOnceAtMultiplesOfTheStep() {
        for (int threads = 1; threads <= 5; threads++) {
            try (Workers workers = new Workers(threads)) {
                for (int step : new int[] {1, 3, 16}) {
                    for (int count = 0; count < 70; count++) {
                        AtomicIntegerArray done = new AtomicIntegerArray(count);
                        workers.run(count, step, (from, to, worker) -> {
                            assertEquals(0, from % step);
                            for (int i = from; i < to; i++) {
                                done.incrementAndGet(i);
                            }
                        });
                        for (int i = 0; i < count; i++) {
                            assertEquals(1, done.get(i));
                        }
                    }
                }
            }
        }
    }

    /** Plain writes of one job must be visible to the next: neighbours read what other threads wrote. */
    @Test
    void jobsFollowEachOtherInOrder() {
        int n = 64;
        int rounds = 500;
        long[] cells = new long[n];
        long[] next = new long[n];
        try (Workers workers = new Workers(3)) {
            for (int round = 0; round < rounds; round++) {
                workers.run(n, 1, (from, to, worker) -> {
                    for (int i = from; i < to; i++) {
                        next[i] = cells[(i + 31) % n] + 1;
                    }
                });
                workers.run(n, 1, (from, to, worker) -> System.arraycopy(next, from, cells, from, to - from));
            }
        }
        for (long cell : cells) {
            assertEquals(rounds, cell);
        }
    }

    /** Pauses longer than the spinning, on either side, so that both the caller and the workers park. */
    @Test
    void parkedThreadsWakeUp() throws InterruptedException {
        AtomicInteger done = new AtomicInteger();
        try (Workers workers = new Workers(3)) {
            for (int round = 0; round < 30; round++) {
                Thread.sleep(round % 3 == 0 ? 10 : 0);
                int slow = round % 3;
                workers.run(3, 1, (from, to, worker) -> {
                    if (worker == slow) {
                        sleep(10);
                    }
                    done.incrementAndGet();
                });
            }
        }
        assertEquals(90, done.get());
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aFailureIsThrownAfterAllPartsEndedAndThePoolGoesOn() {
        try (Workers workers = new Workers(3)) {
            for (int failing = 0; failing < 3; failing++) {
                int bad = failing;
                IllegalArgumentException thrown = new IllegalArgumentException("part " + bad);
                AtomicInteger done = new AtomicInteger();
                CyclicBarrier begun = new CyclicBarrier(3);
                IllegalArgumentException caught = assertThrows(
                        IllegalArgumentException.class,
                        () -> workers.run(3, 1, (from, to, worker) -> {
                            // So that each thread has one part.
                            await(begun);
                            if (worker == bad) {
                                throw thrown;
                            }
                            sleep(5);
                            done.incrementAndGet();
                        }));
                assertSame(thrown, caught);
                assertEquals(2, done.get());
                workers.run(3, 1, (from, to, worker) -> done.incrementAndGet());
                assertEquals(5, done.get());
            }
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The caller does not wait for a thread that has not begun. */
    @Test
    void manyShortJobsBesideThreadsThatParkAndWake() throws InterruptedException {
        AtomicInteger done = new AtomicInteger();
        try (Workers workers = new Workers(4)) {
            for (int round = 0; round < 20; round++) {
                Thread.sleep(2);
                for (int job = 0; job < 50; job++) {
                    int before = done.get();
                    workers.run(5, 1, (from, to, worker) -> done.addAndGet(to - from));
                    assertEquals(before + 5, done.get());
                }
            }
        }
    }

    @Test
    void misuseIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Workers(0));
        Workers workers = new Workers(2);
        assertThrows(
                IllegalStateException.class,
                () -> workers.run(2, 1, (from, to, worker) -> workers.run(2, 1, (f, t, w) -> {})));
        workers.close();
        workers.close();
        assertThrows(IllegalStateException.class, () -> workers.run(2, 1, (from, to, worker) -> {}));
    }

    @Test
    void closingEndsTheThreads() throws InterruptedException {
        for (int pause : new int[] {0, 20}) {
            Workers workers = new Workers(4);
            workers.run(4, 1, (from, to, worker) -> {});
            List<Thread> threads = Thread.getAllStackTraces().keySet().stream()
                    .filter(t -> t.getName().startsWith("keiryo-"))
                    .toList();
            assertTrue(threads.size() >= 3);
            Thread.sleep(pause);
            workers.close();
            for (Thread t : threads) {
                t.join(10_000);
                assertFalse(t.isAlive());
            }
        }
    }
}
