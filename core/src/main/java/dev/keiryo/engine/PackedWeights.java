package dev.keiryo.engine;

import dev.keiryo.cost.Cost;
import dev.keiryo.engine.EngineOptions.Packing;
import dev.keiryo.file.Anonymous;
import dev.keiryo.file.MappedFile;
import dev.keiryo.kernel.Panels;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    /** In the model's order, each once. */
    private final List<Weight> weights = new ArrayList<>();

    private final IdentityHashMap<Weight, Panels> panels = new IdentityHashMap<>();
    private final EngineOptions options;
    private final Workers workers;
    /** Null where memory has no limit. */
    private final @Nullable WeightPaging paging;

    private int passes;

    /** @param model the file or folder that the weights are from */
    PackedWeights(Transformer transformer, Path model, EngineOptions options, Workers workers) {
        this.options = options;
        this.workers = workers;
        for (Linear layer : Cost.layers(transformer)) {
            if (panels.put(layer.weight(), Panels.plain(layer.weight())) == null) {
                weights.add(layer.weight());
            }
        }
        paging = options.memory() == EngineOptions.UNLIMITED ? null : new WeightPaging(options.memory(), weights);
        if (paging != null) {
            return; // a copy would take what little memory there is
        }
        switch (options.packing()) {
            case ALWAYS -> pack();
            case CACHED -> fromFile(new PanelFile(model, weights));
            case AUTO, NEVER -> {}
        }
    }

    private void fromFile(PanelFile file) {
        try {
            MemorySegment mapped = file.open(arena);
            if (mapped == null) {
                file.write(pack());
            } else {
                long at = 0;
                for (Weight w : weights) {
                    panels.put(w, Panels.packed(w, mapped.asSlice(at, Panels.bytes(w))));
                    at += Panels.bytes(w);
                }
            }
        } catch (IOException e) {
            System.getLogger(PackedWeights.class.getName())
                    .log(System.Logger.Level.WARNING, "packed weights are not kept in " + file.path() + ": " + e);
        }
    }

    /** To be called before each forward pass. */
    void beginPass() {
        if (paging != null) {
            paging.beginPass();
            return;
        }
        if (passes <= PATIENCE && passes++ == PATIENCE && options.packing() == Packing.AUTO) {
            if (bytes() <= Anonymous.available() / 8 * 7) {
                pack();
            }
        }
    }

    private long bytes() {
        return weights.stream().mapToLong(Panels::bytes).sum();
    }

    /** All panels. */
    private MemorySegment pack() {
        long total = bytes();
        MemorySegment memory = Anonymous.allocate(total, arena);
        long done = 0;
        for (Weight w : weights) {
            Panels p = Panels.packed(w, memory.asSlice(done, Panels.bytes(w)));
            int stretch = STRETCH * workers.size();
            for (int from = 0; from < p.count(); from += stretch) {
                int first = from;
                int count = Math.min(stretch, p.count() - from);
                workers.run(count, 1, (a, b, worker) -> p.pack(options.kernels(), first + a, first + b));
                MappedFile.release(
                        Panels.stored(w, first, count)); // as stored, it is read no more, or in part (embeddings)
                done += count * p.panelBytes();
                options.packed().packed(done, total);
            }
            panels.put(w, p);
        }
        return memory;
    }

    /** The panels of {@code weight}; those of a weight that the model did not name itself are made as they are used. */
    Panels of(Weight weight) {
        Panels known = panels.get(weight);
        return known == null ? Panels.plain(weight) : known;
    }

    /** What lets go of weights after their use, or null where they all stay. */
    @Nullable
    WeightPaging paging() {
        return paging;
    }

    @Override
    public void close() {
        arena.close();
    }
}
