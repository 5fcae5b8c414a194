package dev.keiryo.kernel;

import java.lang.foreign.MemorySegment;

/** Panels of Q5_1. */
final class VectorQ5_1 extends PanelQuants {
    VectorQ5_1() {
        super(false);
    }

    @Override
    void unpack(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            long block = at + 24L * ROWS * p;
            halves(w, block, out.scales, p);
            halves(w, block + 2 * ROWS, out.offsets, p);
            VectorQ5_0.quants(w, block + 4 * ROWS, 0, out.quants, p * PanelChunk.PART);
        }
    }
}
