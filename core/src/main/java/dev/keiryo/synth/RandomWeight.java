package dev.keiryo.synth;

import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Encoder;
import dev.keiryo.tensor.NestedScales;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A single matrix as {@link Synthesizer} makes them, in memory: for benchmarks. */
public final class RandomWeight {
    private RandomWeight() {}

    /**
     * A matrix {@code [rows, cols]} of mean 0 and standard deviation {@code 1/√cols}; the same arguments give the same bytes.
     *
     * @param cols a multiple of the type's block size
     * @throws IllegalArgumentException where {@code type} is one that cannot be written
     */
    public static Weight of(TensorType type, int rows, int cols, long seed, Arena arena) {
        String name = "random";
        float std = (float) (1 / Math.sqrt(cols));
        long[] shape = {rows, cols};
        MemorySegment data = arena.allocate(type.bytes(shape), 64);
        Encoder encoder = Codecs.encoder(type);
        float[] row = new float[cols];
        long rowBytes = type.bytes(new long[] {1, cols});
        for (int r = 0; r < rows; r++) {
            RandomBits random = new RandomBits(seed, name, r);
            MemorySegment out = data.asSlice(r * rowBytes, rowBytes);
            if (RandomBlocks.make(type)) {
                RandomBlocks.fill(type, random, std, out, cols / type.blockSize());
            } else if (encoder != null) {
                NormalTable.fill(random, std, row, cols);
                encoder.encode(row, 0, cols, out, 0);
            } else {
                throw new IllegalArgumentException(type.label() + " cannot be written");
            }
        }
        NestedScales scales =
                type.isNested() ? RandomBlocks.nestedScales(type, std, data.byteSize() / type.blockBytes()) : null;
        return new Weight(name, type, shape, data, scales);
    }
}
