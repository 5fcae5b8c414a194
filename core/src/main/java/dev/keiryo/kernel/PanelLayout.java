package dev.keiryo.kernel;

import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How a format's blocks are cut into units that are interleaved over the rows of a {@link Panels panel}: quants by four
 * bytes, so that a 32-bit lane holds four or eight of a row's, float16 numbers by two.
 *
 * @param block weights of a block; 32 for formats without blocks
 * @param blockBytes bytes of a block
 * @param fields in the order of the block, covering it
 */
record PanelLayout(int block, int blockBytes, List<Field> fields) {
    /**
     * A stretch of a block.
     *
     * @param offset in bytes
     * @param unit 1, 2 or 4 bytes
     * @param count of units
     */
    record Field(int offset, int unit, int count) {}

    private static final int DENSE = 32;
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final Map<TensorType, PanelLayout> ALL = new EnumMap<>(TensorType.class);

    static {
        ALL.put(TensorType.F32, dense(4, 4));
        ALL.put(TensorType.F16, dense(2, 2));
        // By pairs: what an instruction for products of bfloat16 takes in a lane.
        ALL.put(TensorType.BF16, dense(2, 4));
        add(TensorType.Q4_0, 2, 1, 4, 4);
        add(TensorType.Q4_1, 2, 2, 4, 4);
        add(TensorType.Q5_0, 2, 1, 4, 5);
        add(TensorType.Q5_1, 2, 2, 4, 5);
        add(TensorType.Q8_0, 2, 1, 4, 8);
        add(TensorType.Q2_K, 4, 20, 2, 2);
        add(TensorType.Q3_K, 4, 27, 2, 1);
        add(TensorType.Q4_K, 2, 2, 4, 35);
        add(TensorType.Q5_K, 2, 2, 4, 43);
        add(TensorType.Q6_K, 4, 52, 2, 1);
        add(TensorType.IQ4_NL, 2, 1, 4, 4);
        add(TensorType.IQ4_XS, 2, 2, 4, 33);
        add(TensorType.MXFP4, 1, 1, 4, 4);
        add(TensorType.NF4, 4, 9);
        add(TensorType.FP4, 4, 9);
        add(TensorType.INT8, 2, 2, 4, 8);
    }

    /** @param runs unit, count, unit, count, … */
    private static void add(TensorType type, int... runs) {
        Field[] fields = new Field[runs.length / 2];
        int offset = 0;
        for (int i = 0; i < fields.length; i++) {
            fields[i] = new Field(offset, runs[2 * i], runs[2 * i + 1]);
            offset += runs[2 * i] * runs[2 * i + 1];
        }
        if (offset != type.blockBytes()) {
            throw new IllegalStateException(type + ": fields of " + Arrays.toString(runs) + " do not make a block");
        }
        ALL.put(type, new PanelLayout(type.blockSize(), offset, List.of(fields)));
    }

    private static PanelLayout dense(int bytes, int unit) {
        return new PanelLayout(DENSE, DENSE * bytes, List.of(new Field(0, unit, DENSE * bytes / unit)));
    }

    /** The types that have a layout: all that can be computed with. */
    static Set<TensorType> types() {
        return Collections.unmodifiableSet(ALL.keySet());
    }

    /** The layout of a type that loading has checked to be computable. */
    static PanelLayout of(TensorType type) {
        PanelLayout layout = ALL.get(type);
        if (layout == null) {
            throw new IllegalArgumentException(type.label() + " cannot be computed with");
        }
        return layout;
    }

    /** Bytes of a panel whose rows have {@code cols} weights. */
    long panelBytes(int cols) {
        return (long) Panels.ROWS * blockBytes * Math.ceilDiv(cols, block);
    }

    /**
     * Writes the {@code bytes} of one row, from {@code offset} on in {@code data}, to where they belong in the panel at
     * {@code at} of {@code out}. What is missing of the last block is left as it is.
     */
    void spread(MemorySegment data, long offset, long bytes, MemorySegment out, long at, int row) {
        for (long b = 0; b < bytes; b += blockBytes) {
            long left = bytes - b;
            for (Field f : fields) {
                int count = (int) Math.min(f.count, Math.ceilDiv(left - f.offset, f.unit));
                long from = offset + b + f.offset;
                long to = at + Panels.ROWS * (b + f.offset) + (long) f.unit * row;
                switch (f.unit) {
                    case 4 -> spread4(data, from, count, left - f.offset, out, to);
                    case 2 -> {
                        for (int i = 0; i < count; i++) {
                            out.set(I16, to + 2L * Panels.ROWS * i, data.get(I16, from + 2L * i));
                        }
                    }
                    default -> {
                        for (int i = 0; i < count; i++) {
                            out.set(
                                    ValueLayout.JAVA_BYTE,
                                    to + (long) Panels.ROWS * i,
                                    data.get(ValueLayout.JAVA_BYTE, from + i));
                        }
                    }
                }
            }
        }
    }

    private static void spread4(MemorySegment data, long from, int count, long left, MemorySegment out, long to) {
        int whole = (int) Math.min(count, left / 4);
        for (int i = 0; i < whole; i++) {
            out.set(I32, to + 4L * Panels.ROWS * i, data.get(I32, from + 4L * i));
        }
        if (whole < count) {
            // An odd number of bfloat16s.
            out.set(I16, to + 4L * Panels.ROWS * whole, data.get(I16, from + 4L * whole));
        }
    }
}
