package dev.keiryo.kernel;

import dev.keiryo.file.Anonymous;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.function.DoubleSupplier;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What this machine can do at most, measured: the limits that speeds are compared with. By machine code where the
 * processor runs it, else by vector code.
 *
 * @param bytesPerSecond reading memory, with all threads of the pool
 * @param flopsPerSecond float32 multiply-adds in vector registers, each counted as two, with all threads
 * @param int8PerSecond the same of bytes summed in 32 bits, or with AVX2 of two products' sums in 16; 0 without machine code
 */
public record MachineLimits(double bytesPerSecond, double flopsPerSecond, double int8PerSecond) {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final long BUFFER = 512L << 20;
    private static final int ROUNDS = 7;
    private static final int MULTIPLY_ADDS = 4_000_000;
    /** Independent sums: enough to hide a multiply-add's latency on machines that start two at a time. */
    private static final int CHAINS = 10;

    /** Takes about a second, and half a gigabyte. Each figure is the best of several rounds. */
    public static MachineLimits measure(Workers workers) {
        boolean emitted = Simd.POSSIBLE;
        double[] sink = new double[workers.size()];
        try (Arena arena = Arena.ofShared()) {
            MemorySegment buffer = Anonymous.allocate(BUFFER, arena);
            int pages = (int) (BUFFER >> 12);
            workers.run(
                    pages,
                    1,
                    (from, to, worker) -> buffer.asSlice((long) from << 12, (long) (to - from) << 12)
                            .fill((byte) 0));
            double bandwidth = reading(buffer, workers);
            double flops = best(() -> {
                workers.run(workers.size(), 1, (from, to, worker) -> {
                    if (emitted) {
                        LimitCode.MULTIPLY_ADD_FLOAT32.call(MULTIPLY_ADDS, 0, 0, 0, 0, 0);
                    } else {
                        sink[worker] += multiplyAdd();
                    }
                });
                double chains = emitted ? LimitCode.CHAINS * Simd.LANES : CHAINS * SPECIES.length();
                return 2.0 * workers.size() * MULTIPLY_ADDS * chains;
            });
            double int8 = !emitted
                    ? 0
                    : best(() -> {
                        workers.run(
                                workers.size(),
                                1,
                                (from, to, worker) -> LimitCode.MULTIPLY_ADD_INT8.call(MULTIPLY_ADDS, 0, 0, 0, 0, 0));
                        return 2.0 * workers.size() * MULTIPLY_ADDS * LimitCode.CHAINS * Simd.BYTES;
                    });
            if (Double.isNaN(sink[0])) {
                throw new IllegalStateException("reading zeros gave no number");
            }
            return new MachineLimits(bandwidth, flops, int8);
        }
    }

    /** Bytes a second, reading whole pages of {@code memory}, which is outside the heap, with all threads; the best of several rounds. */
    public static double reading(MemorySegment memory, Workers workers) {
        int pages = (int) (memory.byteSize() >> 12);
        double[] sink = new double[workers.size()];
        return best(() -> {
            workers.run(pages, 1, (from, to, worker) -> {
                if (Simd.POSSIBLE) {
                    long rounds = ((long) (to - from) << 12) / LimitCode.READ_BYTES;
                    LimitCode.READ.call(memory.address() + ((long) from << 12), rounds, 0, 0, 0, 0);
                } else {
                    sink[worker] += read(memory, (long) from << 12, (long) to << 12);
                }
            });
            return (double) pages * 4096;
        });
    }

    /** @param work returns how much was done */
    private static double best(DoubleSupplier work) {
        double best = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            double done = work.getAsDouble();
            best = Math.max(best, done * 1e9 / (System.nanoTime() - start));
        }
        return best;
    }

    private static float read(MemorySegment buffer, long from, long to) {
        int step = SPECIES.vectorByteSize();
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (long i = from; i < to; i += 4L * step) {
            a = a.add(FloatVector.fromMemorySegment(SPECIES, buffer, i, ByteOrder.LITTLE_ENDIAN));
            b = b.add(FloatVector.fromMemorySegment(SPECIES, buffer, i + step, ByteOrder.LITTLE_ENDIAN));
            c = c.add(FloatVector.fromMemorySegment(SPECIES, buffer, i + 2L * step, ByteOrder.LITTLE_ENDIAN));
            d = d.add(FloatVector.fromMemorySegment(SPECIES, buffer, i + 3L * step, ByteOrder.LITTLE_ENDIAN));
        }
        return a.add(b).add(c).add(d).lane(0);
    }

    private static float multiplyAdd() {
        FloatVector m = FloatVector.broadcast(SPECIES, 0.5f);
        FloatVector a = m;
        FloatVector b = m;
        FloatVector c = m;
        FloatVector d = m;
        FloatVector e = m;
        FloatVector f = m;
        FloatVector g = m;
        FloatVector h = m;
        FloatVector i = m;
        FloatVector j = m;
        for (int n = 0; n < MULTIPLY_ADDS; n++) {
            a = a.fma(m, m);
            b = b.fma(m, m);
            c = c.fma(m, m);
            d = d.fma(m, m);
            e = e.fma(m, m);
            f = f.fma(m, m);
            g = g.fma(m, m);
            h = h.fma(m, m);
            i = i.fma(m, m);
            j = j.fma(m, m);
        }
        return a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).lane(0);
    }
}
