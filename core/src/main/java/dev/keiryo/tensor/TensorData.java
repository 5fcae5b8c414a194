package dev.keiryo.tensor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Where a tensor's bytes come from when a file is written: asked once, at that tensor's turn, so that a conversion never
 * holds more than the pieces at hand.
 */
@FunctionalInterface
public interface TensorData {
    /** Writes the tensor's bytes, all and in order, in pieces of any size. */
    void writeTo(Sink sink) throws IOException;

    /** Takes the next piece of a tensor's bytes. */
    interface Sink {
        /** Copies {@code bytes}, which may be reused afterwards. */
        void write(MemorySegment bytes) throws IOException;
    }
}
