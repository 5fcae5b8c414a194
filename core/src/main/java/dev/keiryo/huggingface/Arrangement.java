package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** How a tensor's stored numbers become those that GGUF holds under its name. */
sealed interface Arrangement {

    /** Fails where {@code stored} cannot be arranged; {@link #apply} then must not be called. */
    default void check(Weight stored) throws FormatException {}

    /** @param arena where a changed copy goes; it lives as long as the checkpoint */
    Weight apply(Weight stored, Arena arena);

    /** The same bytes. */
    record AsStored() implements Arrangement {
        @Override
        public Weight apply(Weight stored, Arena arena) {
            return stored;
        }
    }

    /** {@code w + 1}, as float32: Gemma's norms are stored as their distance from 1. */
    record PlusOne() implements Arrangement {
        @Override
        public void check(Weight stored) throws FormatException {
            stored.type().checkComputable(stored.name());
            if (stored.shape().length != 1) {
                throw new FormatException(stored.name(), stored + " should be a vector");
            }
        }

        @Override
        public Weight apply(Weight stored, Arena arena) {
            float[] values = new float[stored.cols()];
            Codecs.require(stored.type()).decode(stored.data(), 0, values, 0, values.length);
            for (int i = 0; i < values.length; i++) {
                values[i] += 1;
            }
            return new Weight(
                    stored.name(),
                    TensorType.F32,
                    stored.shape(),
                    Matrix.row(arena, values).data());
        }
    }

    /** {@code wᵀ}: GPT-2's {@code Conv1D} holds {@code [in, out]}. Vectors stay. */
    record Transposed() implements Arrangement {
        @Override
        public void check(Weight stored) throws FormatException {
            if (stored.shape().length > 2 || stored.type().blockSize() != 1) {
                throw new FormatException(stored.name(), stored + " should be a matrix or vector of single numbers");
            }
        }

        @Override
        public Weight apply(Weight stored, Arena arena) {
            if (stored.shape().length < 2) {
                return stored;
            }
            long rows = stored.rows();
            long cols = stored.cols();
            int size = stored.type().blockBytes();
            MemorySegment from = stored.data();
            MemorySegment to = arena.allocate(from.byteSize(), 64);
            for (long r = 0; r < rows; r++) {
                for (long c = 0; c < cols; c++) {
                    MemorySegment.copy(from, size * (r * cols + c), to, size * (c * rows + r), size);
                }
            }
            return new Weight(stored.name(), stored.type(), new long[] {cols, rows}, to);
        }
    }

    /**
     * Falcon's fused projection: each of {@code kvHeads} groups holds its query heads, a key head and a value head;
     * GGUF holds all queries, all keys, all values.
     */
    record GroupedQkv(int heads, int kvHeads) implements Arrangement {
        @Override
        public void check(Weight stored) throws FormatException {
            long outputs = stored.shape().length == 0 ? 0 : stored.shape()[0];
            if (outputs % slots() != 0 || stored.shape().length > 2) {
                throw new FormatException(
                        stored.name(), stored + " should have rows for " + slots() + " heads: queries, keys, values");
            }
        }

        @Override
        public Weight apply(Weight stored, Arena arena) {
            long bytes = stored.data().byteSize() / slots();
            MemorySegment to = arena.allocate(stored.data().byteSize(), 64);
            for (int slot = 0; slot < slots(); slot++) {
                MemorySegment.copy(stored.data(), slot * bytes, to, target(slot) * bytes, bytes);
            }
            return new Weight(stored.name(), stored.type(), stored.shape(), to);
        }

        private int slots() {
            return heads + 2 * kvHeads;
        }

        private int target(int slot) {
            int queries = heads / kvHeads;
            int group = slot / (queries + 2);
            int within = slot % (queries + 2);
            if (within < queries) {
                return group * queries + within;
            }
            return within == queries ? heads + group : heads + kvHeads + group;
        }
    }
}
