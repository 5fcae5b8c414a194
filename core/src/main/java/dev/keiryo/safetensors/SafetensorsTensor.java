package dev.keiryo.safetensors;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A tensor as a safetensors file stores it.
 *
 * @param name under which the file stores it
 * @param dtype the elements' type
 * @param shape outermost dimension first
 * @param data the elements, little-endian, row by row; a slice of the mapped file
 * @param source the file, for messages
 * @param offset of the data from the start of the file, in bytes
 */
public record SafetensorsTensor(
        String name, Dtype dtype, long[] shape, MemorySegment data, String source, long offset) {

    /**
     * The tensor as a weight called {@code as}, sharing the bytes.
     *
     * @throws FormatException where no {@link TensorType} corresponds to its dtype, or it has more rows or columns than
     *     a weight can
     */
    public Weight weight(String as) throws FormatException {
        TensorType type = dtype.tensorType();
        if (type == null) {
            throw new FormatException(
                    source,
                    offset,
                    "tensor " + name + " is of type " + dtype
                            + ", which cannot be computed with; convert the model to F32, F16 or BF16");
        }
        try {
            return new Weight(as, type, shape, data);
        } catch (IllegalArgumentException e) {
            throw new FormatException(source, offset, String.valueOf(e.getMessage()));
        }
    }

    /** The tensor as a weight under its own name. */
    public Weight weight() throws FormatException {
        return weight(name);
    }

    @Override
    public String toString() {
        return name + " " + dtype + Arrays.toString(shape);
    }
}
