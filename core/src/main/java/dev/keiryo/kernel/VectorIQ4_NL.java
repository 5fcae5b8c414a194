package dev.keiryo.kernel;

import dev.keiryo.tensor.IQ4_NL;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/** Panels of IQ4_NL. */
final class VectorIQ4_NL extends PanelQuants {
    static final NibbleTable LEVELS = new NibbleTable(IQ4_NL.levels());

    private static final int BLOCK = 18 * ROWS;

    VectorIQ4_NL() {
        super(TensorType.IQ4_NL, true);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        halves(w, at, BLOCK, parts, out.scales, row, out.run(1, 0));
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        LEVELS.look(w, at + 2 * ROWS, BLOCK, parts, out, row);
    }
}
