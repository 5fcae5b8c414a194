package dev.keiryo.engine;

import dev.keiryo.cost.Cost;
import dev.keiryo.engine.EngineOptions.Packing;
import dev.keiryo.file.Anonymous;
import dev.keiryo.kernel.Panels;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The weights of a model's linear layers as the {@link Panels} that kernels read: first made as they are used, so that
 * the first token need not wait, then packed, once it is clear that they will be used again.
 */
final class PackedWeights implements AutoCloseable {
    /** Forward passes before weights are packed. */
    private static final int PATIENCE = 1;
    /** Panels that a thread packs between two reports of progress. */
    private static final int STRETCH = 64;

    private final Arena arena = Arena.ofShared();
    private final IdentityHashMap<Weight, Panels> panels = new IdentityHashMap<>();
    private final EngineOptions options;
    private final Workers workers;
    private int passes;

    PackedWeights(Transformer transformer, EngineOptions options, Workers workers) {
        this.options = options;
        this.workers = workers;
        for (Linear layer : Cost.layers(transformer)) {
            panels.put(layer.weight(), Panels.plain(layer.weight()));
        }
        if (options.packing() == Packing.ALWAYS) {
            pack();
        }
    }

    /** To be called before each forward pass. */
    void beginPass() {
        if (passes <= PATIENCE && passes++ == PATIENCE && options.packing() == Packing.AUTO) {
            if (bytes() <= Anonymous.available() / 8 * 7) {
                pack();
            }
        }
    }

    private long bytes() {
        return panels.keySet().stream().mapToLong(Panels::bytes).sum();
    }

    private void pack() {
        long total = bytes();
        MemorySegment memory = Anonymous.allocate(total, arena);
        long done = 0;
        for (Weight w : List.copyOf(panels.keySet())) {
            Panels p = Panels.packed(w, memory.asSlice(done, Panels.bytes(w)));
            int stretch = STRETCH * workers.size();
            for (int from = 0; from < p.count(); from += stretch) {
                int first = from;
                int count = Math.min(stretch, p.count() - from);
                workers.run(count, 1, (a, b, worker) -> p.pack(options.kernels(), first + a, first + b));
                done += count * p.panelBytes();
                options.packed().packed(done, total);
            }
            panels.put(w, p);
        }
    }

    /** The panels of {@code weight}; those of a weight that the model did not name itself are made as they are used. */
    Panels of(Weight weight) {
        Panels known = panels.get(weight);
        return known == null ? Panels.plain(weight) : known;
    }

    @Override
    public void close() {
        arena.close();
    }
}
