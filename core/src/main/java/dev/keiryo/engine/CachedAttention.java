package dev.keiryo.engine;

import static java.util.Objects.requireNonNull;

import dev.keiryo.cache.CacheSlot;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Attention;
import dev.keiryo.tensor.Matrix;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Attention for a batch, all threads sharing it: stores keys and values, and attends to them.
 *
 * <p>The work is cut into units, each some tokens of one sequence and the query heads of one key/value head. Threads take unit
 * after unit, the later tokens first, as these see more.
 */
final class CachedAttention {
    /** Query heads times tokens of a unit: enough to make reading the keys and values a small part of the work. */
    private static final int ROWS = 48;

    private final Kernels kernels;
    private final Workers workers;
    private final Scratch[] scratch;
    private final StoreJob store = new StoreJob();
    private final AttendJob attend = new AttendJob();

    private Batch batch = new Batch();
    private @Nullable Attention attention;
    private int slot;
    /** First rows of stretches of consecutive tokens of one sequence, and behind them the number of rows. */
    private int[] starts = new int[16];

    private int stretches;

    CachedAttention(Kernels kernels, Workers workers, Scratch[] scratch) {
        this.kernels = kernels;
        this.workers = workers;
        this.scratch = scratch;
    }

    /** Cuts the first {@code rows} tokens of the batch into stretches of up to {@code most}. */
    private void cut(Batch newBatch, int newSlot, Attention a, int rows, int most) {
        batch = newBatch;
        slot = newSlot;
        attention = a;
        stretches = 0;
        for (int t = 0; t < rows; t++) {
            int last = stretches - 1;
            if (t > 0 && batch.sequence(t) == batch.sequence(t - 1) && t - starts[last] < most) {
                continue;
            }
            if (stretches + 2 > starts.length) {
                starts = Arrays.copyOf(starts, 2 * starts.length);
            }
            starts[stretches++] = t;
        }
        starts[stretches] = rows;
    }

    private CacheSlot slotOf(int row) {
        return batch.sequence(row).cache().slot(slot);
    }

    void remember(Batch newBatch, int newSlot, Attention a, Matrix k, Matrix v) {
        cut(newBatch, newSlot, a, k.rows(), Integer.MAX_VALUE);
        for (int i = 0; i < stretches; i++) {
            int position = batch.position(starts[i]);
            slotOf(starts[i])
                    .extend(a.kvHeads(), a.headDim(), a.valueDim(), position, position + starts[i + 1] - starts[i]);
        }
        store.k = k;
        store.v = v;
        workers.run(a.kvHeads(), EagerOps.share(8L * k.rows() * (a.headDim() + a.valueDim())), store);
    }

    private final class StoreJob implements Workers.Part {
        private @Nullable Matrix k;
        private @Nullable Matrix v;

        @Override
        public void run(int from, int to, int worker) {
            for (int i = 0; i < stretches; i++) {
                int row = starts[i];
                slotOf(row)
                        .put(
                                batch.position(row),
                                starts[i + 1] - row,
                                requireNonNull(k),
                                requireNonNull(v),
                                row,
                                from,
                                to);
            }
        }
    }

    void attend(Batch newBatch, int newSlot, Attention a, Matrix q, Matrix y) {
        int group = a.heads() / a.kvHeads();
        cut(newBatch, newSlot, a, q.rows(), Math.max(1, ROWS / group));
        int splits = 1;
        while (stretches * a.kvHeads() * splits < workers.size() && splits < group) {
            splits++;
        }
        attend.q = q;
        attend.y = y;
        attend.splits = splits;
        attend.next.set(0);
        long cost = 0;
        for (int i = 0; i < stretches; i++) {
            cost += (long) (starts[i + 1] - starts[i]) * slotOf(starts[i]).length() * a.heads() * a.headDim();
        }
        // As many steps as there are threads, whatever their share: each takes units until none is left.
        workers.run(workers.size(), cost < EagerOps.LEAST_WORK ? workers.size() : 1, attend);
    }

    private final class AttendJob implements Workers.Part {
        private final AtomicInteger next = new AtomicInteger();
        private @Nullable Matrix q;
        private @Nullable Matrix y;
        private int splits;

        @Override
        public void run(int from, int to, int worker) {
            Attention a = requireNonNull(attention);
            int units = stretches * a.kvHeads() * splits;
            for (int unit = next.getAndIncrement(); unit < units; unit = next.getAndIncrement()) {
                int i = stretches - 1 - unit % stretches;
                compute(a, starts[i], starts[i + 1] - starts[i], unit / stretches, worker);
            }
        }

        private void compute(Attention a, int row, int tokens, int part, int worker) {
            int group = a.heads() / a.kvHeads();
            int first = part / splits * group + group * (part % splits) / splits;
            int end = part / splits * group + group * (part % splits + 1) / splits;
            kernels.attend(
                    a,
                    slotOf(row),
                    requireNonNull(q),
                    row,
                    tokens,
                    batch.position(row),
                    first,
                    end - first,
                    scratch[worker],
                    requireNonNull(y));
        }
    }
}
