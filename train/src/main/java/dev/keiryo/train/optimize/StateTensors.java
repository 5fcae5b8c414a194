package dev.keiryo.train.optimize;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Memory with names that is saved and restored; and some without, which is not. */
final class StateTensors implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Map<String, MemorySegment> all = new LinkedHashMap<>();

    /** Zeros with a name. */
    MemorySegment keep(String name, long bytes) {
        MemorySegment zeros = scratch(bytes);
        all.put(name, zeros);
        return zeros;
    }

    /** Zeros without. */
    MemorySegment scratch(long bytes) {
        return arena.allocate(bytes, 64);
    }

    Map<String, MemorySegment> all() {
        return Collections.unmodifiableMap(all);
    }

    /** Copies all of {@code saved}, which must have these names and sizes; where it has not, nothing is copied. */
    void restore(Map<String, MemorySegment> saved) {
        all.forEach((name, own) -> {
            MemorySegment other = saved.get(name);
            if (other == null || other.byteSize() != own.byteSize()) {
                throw new IllegalArgumentException("the saved state belongs to something else: " + name
                        + " should have " + own.byteSize() + " bytes, but "
                        + (other == null ? "is missing" : "has " + other.byteSize()));
            }
        });
        for (String name : saved.keySet()) {
            if (!all.containsKey(name)) {
                throw new IllegalArgumentException(
                        "the saved state belongs to something else: it holds " + name + ", which is unknown here");
            }
        }
        all.forEach((name, own) -> own.copyFrom(saved.getOrDefault(name, own)));
    }

    @Override
    public void close() {
        arena.close();
    }
}
