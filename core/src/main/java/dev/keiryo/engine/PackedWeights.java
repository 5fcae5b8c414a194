package dev.keiryo.engine;

import dev.keiryo.cost.Cost;
import dev.keiryo.file.Anonymous;
import dev.keiryo.kernel.Panels;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/** The weights of a model's linear layers as the {@link Panels} that kernels read. */
final class PackedWeights implements AutoCloseable {
    /** Panels between two reports of progress. */
    private static final int STRETCH = 64;

    private final Arena arena = Arena.ofShared();
    private final IdentityHashMap<Weight, Panels> panels = new IdentityHashMap<>();

    /** Finds the model's layers, and packs them where {@code options} say so and memory allows. */
    PackedWeights(Transformer transformer, EngineOptions options, Workers workers) {
        List<Panels> all = new ArrayList<>();
        List<Linear> layers = Cost.layers(transformer);
        long bytes = layers.stream().mapToLong(l -> Panels.bytes(l.weight())).sum();
        boolean pack = switch (options.packing()) {
            case ALWAYS -> true;
            case NEVER -> false;
            case AUTO -> bytes <= Anonymous.available() / 8 * 7;
        };
        MemorySegment memory = pack ? Anonymous.allocate(bytes, arena) : MemorySegment.NULL;
        long used = 0;
        for (Linear layer : layers) {
            Weight w = layer.weight();
            if (panels.containsKey(w)) {
                continue;
            }
            Panels p = pack ? Panels.packed(w, memory.asSlice(used, Panels.bytes(w))) : Panels.plain(w);
            used += pack ? Panels.bytes(w) : 0;
            panels.put(w, p);
            all.add(p);
        }
        if (pack) {
            pack(all, options, workers);
        }
    }

    private static void pack(List<Panels> all, EngineOptions options, Workers workers) {
        long done = 0;
        for (Panels p : all) {
            for (int from = 0; from < p.count(); from += STRETCH * workers.size()) {
                int first = from;
                int count = Math.min(STRETCH * workers.size(), p.count() - from);
                workers.run(count, 1, (a, b, worker) -> p.pack(options.kernels(), first + a, first + b));
                done += count * p.panelBytes();
                options.packed().accept(done);
            }
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
