package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.NF4;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Panels of NF4, for int8 inputs: levels of whole numbers. Two parts in a block. */
final class VectorNF4 extends PanelQuants {
    private static final NibbleTable LEVELS = new NibbleTable(NF4.levels());

    private static final int BLOCK = 34 * ROWS;

    VectorNF4() {
        super(true, 1);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        for (int half = 0; half < 2; half++) {
            halves(w, at, BLOCK, parts / 2, out.scales, out.run(half, 0) + row, out.run(2, 0));
        }
        for (int p = 0; p < parts; p++) {
            int to = out.run(p, 0) + row;
            for (int r = 0; r < ROWS; r += LANES) {
                FloatVector.fromArray(Lanes.F, out.scales, to + r).mul(1 / 127f).intoArray(out.scales, to + r);
            }
        }
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        for (int p = 0; p < parts; p++) {
            int unit = 2 + p % 2 * 16;
            long numbers = at + (long) BLOCK * (p / 2) + (long) unit * ROWS;
            LEVELS.look(w, numbers, out, p, row);
        }
    }
}
