package dev.keiryo.convert;

import dev.keiryo.quantize.Quantizer;
import dev.keiryo.tensor.Encoder;
import dev.keiryo.tensor.TensorType;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Does pieces of work on all threads, a few at a time, and hands on what comes of them in their order. */
final class Pieces implements AutoCloseable {
    /** What makes pieces, with memory of its own: one is used for many, one after the other. */
    interface Maker {
        /** Makes of {@code [from, to)} what {@link #handOn} then finds. */
        void make(int from, int to) throws IOException;

        /** Takes what was made last; called by one thread alone, in order. */
        void handOn() throws IOException;
    }

    /** Gives makers, each with memory that it may use. */
    interface Makers {
        Maker get(Buffers buffers) throws IOException;
    }

    /** Memory that one maker after another uses, so that tensors leave no garbage. */
    static final class Buffers {
        private float[] values = new float[0];
        private float[] more = new float[0];
        private byte[] bytes = new byte[0];
        private final Map<TensorType, Encoder> encoders = new EnumMap<>(TensorType.class);

        /** At least {@code n}, of any contents. */
        float[] values(int n) {
            values = values.length < n ? new float[n] : values;
            return values;
        }

        /** As many again. */
        float[] moreValues(int n) {
            more = more.length < n ? new float[n] : more;
            return more;
        }

        MemorySegment bytes(long n) {
            bytes = bytes.length < n ? new byte[Math.toIntExact(n)] : bytes;
            return MemorySegment.ofArray(bytes);
        }

        /** What writes {@code type}, or null where nothing does. */
        @Nullable
        Encoder encoder(TensorType type) {
            Encoder known = encoders.get(type);
            Encoder encoder = known == null ? Quantizer.of(type) : known;
            if (encoder != null) {
                encoders.put(type, encoder);
            }
            return encoder;
        }
    }

    private final ExecutorService executor;
    private final List<Buffers> buffers;

    Pieces(int threads) {
        this.executor = Executors.newFixedThreadPool(threads);
        // What the threads have in hand, and one waiting for each: this thread writes meanwhile.
        this.buffers = Stream.generate(Buffers::new).limit(2L * threads).toList();
    }

    /** Makes {@code [0, count)} in pieces of {@code step}. */
    void run(int count, int step, Makers source) throws IOException {
        ArrayDeque<Maker> free = new ArrayDeque<>();
        ArrayDeque<Future<Maker>> begun = new ArrayDeque<>();
        try {
            int makers = Math.clamp(Math.ceilDiv(count, step), 0, buffers.size());
            for (Buffers own : buffers.subList(0, makers)) {
                free.add(source.get(own));
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
