package dev.keiryo.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What this machine can do at most, measured: the limits that speeds are compared with.
 *
 * @param bytesPerSecond reading memory, with all threads of the pool
 * @param flopsPerSecond float32 multiply-adds in vector registers, each counted as two, with all threads
 */
public record MachineLimits(double bytesPerSecond, double flopsPerSecond) {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final long BUFFER = 512L << 20;
    private static final int ROUNDS = 5;
    private static final int MULTIPLY_ADDS = 4_000_000;
    /** Independent sums: enough to hide a multiply-add's latency on machines that start two at a time. */
    private static final int CHAINS = 10;

    /** Takes about a second, and half a gigabyte. Each figure is the best of several rounds. */
    public static MachineLimits measure(Workers workers) {
        double bandwidth = 0;
        double flops = 0;
        double[] sink = new double[workers.size()];
        try (Arena arena = Arena.ofShared()) {
            MemorySegment buffer = arena.allocate(BUFFER, 64);
            buffer.fill((byte) 0);
            int pages = (int) (BUFFER >> 12);
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                workers.run(
                        pages,
                        1,
                        (from, to, worker) -> sink[worker] += read(buffer, (long) from << 12, (long) to << 12));
                bandwidth = Math.max(bandwidth, BUFFER * 1e9 / (System.nanoTime() - start));
                start = System.nanoTime();
                workers.run(workers.size(), 1, (from, to, worker) -> sink[worker] += multiplyAdd());
                double done = 2.0 * workers.size() * MULTIPLY_ADDS * CHAINS * SPECIES.length();
                flops = Math.max(flops, done * 1e9 / (System.nanoTime() - start));
            }
        }
        if (Double.isNaN(sink[0])) {
            throw new IllegalStateException("reading zeros gave no number");
        }
        return new MachineLimits(bandwidth, flops);
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
