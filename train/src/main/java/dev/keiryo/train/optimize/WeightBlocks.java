package dev.keiryo.train.optimize;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Tensors cut into blocks at fixed places, so that what is computed block by block is the same with any number of threads. Threads
 * share the blocks of all tensors together: most tensors are small.
 */
final class WeightBlocks {
    /** Numbers in a block, but for a tensor's last: 64 KiB of each of the tensors that go together. */
    static final int SIZE = 1 << 14;

    /** A block: {@code count} numbers of tensor {@code index} from number {@code from} on. */
    @FunctionalInterface
    interface Job {
        void run(int block, int index, long from, int count, int worker);
    }

    /** For each tensor its first block; then the number of all. */
    private final int[] first;

    private final int[] owner;
    private final long[] counts;
    private final int[] sizes;

    private WeightBlocks(long[] counts, int[] sizes) {
        this.counts = counts;
        this.sizes = sizes;
        first = new int[counts.length + 1];
        for (int i = 0; i < counts.length; i++) {
            first[i + 1] = Math.toIntExact(first[i] + Math.ceilDiv(counts[i], sizes[i]));
        }
        owner = new int[first[counts.length]];
        for (int i = 0; i < counts.length; i++) {
            Arrays.fill(owner, first[i], first[i + 1], i);
        }
    }

    /** Of tensors with so many numbers each. */
    static WeightBlocks of(long... counts) {
        int[] sizes = new int[counts.length];
        Arrays.fill(sizes, SIZE);
        return new WeightBlocks(counts, sizes);
    }

    static WeightBlocks of(List<Weight> weights) {
        return of(weights.stream().mapToLong(Weight::count).toArray());
    }

    /** With blocks of another size for each tensor. */
    static WeightBlocks of(long[] counts, int[] sizes) {
        return new WeightBlocks(counts, sizes);
    }

    int size() {
        return owner.length;
    }

    /** A tensor's first block; with the number of tensors, the number of blocks. */
    int first(int index) {
        return first[index];
    }

    void run(Workers workers, Job job) {
        workers.run(owner.length, 1, (from, to, worker) -> {
            for (int b = from; b < to; b++) {
                int i = owner[b];
                long at = (long) (b - first[i]) * sizes[i];
                job.run(b, i, at, (int) Math.min(sizes[i], counts[i] - at), worker);
            }
        });
    }

    /** Float32 numbers of a block. */
    static MemorySegment floats(MemorySegment all, long from, int count) {
        return all.asSlice(4 * from, 4L * count);
    }
}
