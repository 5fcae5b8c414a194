package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.CodeBook;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;

/** Panels of a code book's numbers, for int8 inputs: levels of whole numbers. Two parts in a block. */
final class VectorCodeBook extends PanelQuants {
    private static final int BLOCK = 36 * ROWS;

    private final NibbleTable levels;
    private final float unit;

    VectorCodeBook(TensorType type, CodeBook book) {
        super(type, true, Order.CENTERED, true);
        levels = new NibbleTable(book.levels());
        unit = 1f / book.unit();
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        for (int p = 0; p < parts; p++) {
            int to = out.run(p, 0) + row;
            for (int r = 0; r < ROWS; r += LANES) {
                ByteVector.fromMemorySegment(
                                B, Lanes.ALL, at + (long) BLOCK * (p / 2) + 4L * r & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsFloats()
                        .mul(unit)
                        .intoArray(out.scales, to + r);
            }
        }
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        for (int p = 0; p < parts; p++) {
            int offset = 4 + p % 2 * 16;
            long numbers = at + (long) BLOCK * (p / 2) + (long) offset * ROWS;
            levels.look(numbers, out, p, row);
        }
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        for (int p = 0; p < parts; p += NibbleTable.PAIR) {
            int some = Math.min(NibbleTable.PAIR, parts - p);
            long from = at + bytes(p);
            scales(from, some, memory.chunk, 0);
            levels.dot(from + 4 * ROWS, BLOCK, 16 * ROWS, some, memory.chunk.scales, inputs, block + p, y, to);
        }
    }
}
