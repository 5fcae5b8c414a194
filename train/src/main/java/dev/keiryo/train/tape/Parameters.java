package dev.keiryo.train.tape;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A model whose weights can be changed: those that are trained are float32 in memory outside the heap, all others stay as and
 * where they are stored. To an architecture it is a checkpoint as any other.
 *
 * <p>A parameter is a stretch of memory: whatever view of it an architecture takes, the rows of a fused matrix, one expert of a
 * stack, the embedding as output matrix, {@link #find} says of which parameter it is which part.
 */
public final class Parameters implements Checkpoint {
    /** Float32 numbers that are copied at a time. */
    private static final int STRETCH = 1 << 16;

    private final Checkpoint source;
    /** Whether the source is closed with this. */
    private final boolean isOwner;

    private final Arena arena = Arena.ofShared();
    private final Metadata metadata;
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final Map<String, Weight> trained = new LinkedHashMap<>();
    private final TreeMap<Long, Weight> byAddress = new TreeMap<>();

    /**
     * Copies the tensors to be trained out of {@code source}, which stays open as long as this is, and is closed with it.
     *
     * @param isTrained by name
     */
    public Parameters(Checkpoint source, Predicate<String> isTrained) throws IOException {
        this.source = source;
        this.isOwner = true;
        this.metadata = EditedCheckpoint.of(source).metadata();
        for (Weight w : source.weights()) {
            if (isTrained.test(w.name())) {
                train(copy(w));
            } else {
                weights.put(w.name(), w);
            }
        }
    }

    private Parameters(Checkpoint plan, Metadata metadata, boolean isOwner) {
        this.source = plan;
        this.metadata = metadata;
        this.isOwner = isOwner;
    }

    /**
     * Zeros for all tensors of {@code plan}, which is closed with this, and for {@code further} ones; those that say how positions
     * rotate are copied and not trained.
     *
     * @param further shapes by name
     */
    public static Parameters blank(Checkpoint plan, Metadata metadata, Map<String, long[]> further) {
        Parameters blank = new Parameters(plan, metadata, true);
        for (Weight w : plan.weights()) {
            if (w.name().startsWith("rope_")) {
                blank.weights.put(w.name(), w);
            } else {
                blank.train(blank.zeros(w.name(), w.shape()));
            }
        }
        further.forEach((name, shape) -> blank.train(blank.zeros(name, shape)));
        return blank;
    }

    private Weight zeros(String name, long[] shape) {
        long count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        return new Weight(name, TensorType.F32, shape, arena.allocate(4 * count, 64));
    }

    /**
     * A plan alone, in which all is trained: matrices have places but no memory, and are not to be read.
     *
     * @param plan stays its owner's
     */
    public static Parameters planned(Checkpoint plan) {
        Parameters planned = new Parameters(plan, plan.metadata(), false);
        long place = 1L << 40;
        for (Weight w : plan.weights()) {
            if (!w.name().startsWith("rope_")) {
                MemorySegment data = w.shape().length == 1
                        ? planned.arena.allocate(4 * w.count(), 64)
                        : MemorySegment.ofAddress(place).reinterpret(4 * w.count());
                place += 4 * w.count() + 64;
                planned.train(new Weight(w.name(), TensorType.F32, w.shape(), data));
            } else {
                planned.weights.put(w.name(), w);
            }
        }
        return planned;
    }

    private void train(Weight w) {
        weights.put(w.name(), w);
        trained.put(w.name(), w);
        byAddress.put(w.data().address(), w);
    }

    private Weight copy(Weight w) throws FormatException {
        long count = w.count();
        w.type().checkComputable(w.name());
        MemorySegment data = arena.allocate(4 * count, 64);
        float[] values =
                new float[(int) Math.min(count, (long) STRETCH * w.type().blockSize())];
        for (long from = 0; from < count; from += values.length) {
            int n = (int) Math.min(values.length, count - from);
            w.decode(from, values, 0, n);
            MemorySegment.copy(values, 0, data, Matrix.F32, 4 * from, n);
        }
        return new Weight(w.name(), TensorType.F32, w.shape(), data);
    }

    /** A part of a trained parameter: {@code from} counts its numbers. */
    record Part(Weight parameter, long from) {}

    /** Of which parameter {@code data} is a part; null where it is of none that is trained. */
    @Nullable
    Part find(MemorySegment data) {
        Map.Entry<Long, Weight> entry = byAddress.floorEntry(data.address());
        if (entry == null) {
            return null;
        }
        Weight w = entry.getValue();
        long from = data.address() - entry.getKey();
        return from + data.byteSize() <= w.data().byteSize() ? new Part(w, from / Float.BYTES) : null;
    }

    /** The tensors that are trained, in the order of the file. */
    public Collection<Weight> trained() {
        return trained.values();
    }

    @Override
    public String source() {
        return source.source();
    }

    @Override
    public Metadata metadata() {
        return metadata;
    }

    @Override
    public Collection<Weight> weights() {
        return weights.values();
    }

    @Override
    public @Nullable Weight find(String name) {
        return weights.get(name);
    }

    @Override
    public @Nullable RopeLayout ropeLayout() {
        return source.ropeLayout();
    }

    @Override
    public void close() {
        arena.close();
        if (isOwner) {
            source.close();
        }
    }
}
