package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.CodeBook;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Panels of a code book's numbers, for int8 inputs: levels of whole numbers. Two parts in a block. */
final class VectorCodeBook extends PanelQuants {
    private static final int BLOCK = 36 * ROWS;

    private final NibbleTable levels;
    private final float unit;

    VectorCodeBook(TensorType type, CodeBook book) {
        super(type, true);
        levels = new NibbleTable(book.levels());
        unit = 1f / book.unit();
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        for (int p = 0; p < parts; p++) {
            int to = out.run(p, 0) + row;
            for (int r = 0; r < ROWS; r += LANES) {
                FloatVector.fromMemorySegment(Lanes.F, w, at + (long) BLOCK * (p / 2) + 4L * r, ORDER)
                        .mul(unit)
                        .intoArray(out.scales, to + r);
            }
        }
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        for (int p = 0; p < parts; p++) {
            int offset = 4 + p % 2 * 16;
            long numbers = at + (long) BLOCK * (p / 2) + (long) offset * ROWS;
            levels.look(w, numbers, out, p, row);
        }
    }
}
