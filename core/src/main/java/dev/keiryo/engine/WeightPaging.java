package dev.keiryo.engine;

import dev.keiryo.file.MappedFile;
import dev.keiryo.file.ProcessMemory;
import dev.keiryo.tensor.Weight;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a process within a limit of memory while it computes with weights that are larger. As many as there is room for stay,
 * from the first that a forward pass uses; the others come from their file, a stretch at a time, and are let go of after each use. A
 * pass uses all weights in turn, so which of them stay makes no difference, and keeping the last used ones would keep none.
 *
 * <p>What else the process holds (keys and values, the heap) is looked up again and again, so that its growth takes room from the
 * weights.
 */
final class WeightPaging {
    /** Bytes of a weight that are computed with before they are let go of. */
    static final long STRETCH = 16L << 20;
    /** What may come between two looks at what the process holds. */
    private static final long SLACK = 32L << 20;

    /** Between two looks, each of which takes some 50 µs. */
    private static final long PATIENCE_NANOS = 5_000_000;

    private final long limit;
    private final List<Weight> weights;
    private final IdentityHashMap<Weight, Boolean> kept = new IdentityHashMap<>();
    /** Which streamed weight was used after which. */
    private final IdentityHashMap<Weight, Weight> followers = new IdentityHashMap<>();

    /** Bytes of files other than the model's, such as the Java runtime's. */
    private final long files = ProcessMemory.resident() - ProcessMemory.anonymous();

    private @Nullable Weight before;
    private long looked = System.nanoTime() - PATIENCE_NANOS;

    /**
     * @param limit bytes that the process may hold
     * @param weights in the order of their use
     */
    WeightPaging(long limit, List<Weight> weights) {
        this.limit = limit;
        this.weights = weights;
    }

    /** To be called before each forward pass. */
    void beginPass() {
        before = null;
    }

    /** To be called often: looks from time to time at how much room there is for weights, and lets go of some, or keeps more. */
    void look() {
        long now = System.nanoTime();
        if (now - looked < PATIENCE_NANOS) {
            return;
        }
        looked = now;
        long room = limit - SLACK - limit / 32 - 2 * STRETCH - files - ProcessMemory.anonymous();
        boolean full = false;
        for (Weight w : weights) {
            room -= w.data().byteSize();
            full |= room < 0;
            if (!full) {
                kept.put(w, true);
            } else if (kept.remove(w) != null) {
                MappedFile.release(w.data());
            }
        }
    }

    /** Whether {@code weight} is let go of after use. */
    boolean streams(Weight weight) {
        return !kept.containsKey(weight);
    }

    /** Has the system read what is likely to be used after {@code weight}, whose first stretches come now. */
    void begin(Weight weight) {
        if (before != null) {
            followers.put(before, weight);
        }
        before = weight;
        Weight next = followers.get(weight);
        if (next != null) {
            MappedFile.prefetch(
                    next.data().asSlice(0, Math.min(STRETCH, next.data().byteSize())));
        }
    }
}
