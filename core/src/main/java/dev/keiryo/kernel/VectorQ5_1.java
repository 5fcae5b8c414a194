package dev.keiryo.kernel;

import java.lang.foreign.MemorySegment;

/** Panels of Q5_1. */
final class VectorQ5_1 extends PanelQuants {
    VectorQ5_1() {
        super(false);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            halves(w, at + 24L * ROWS * p, out.scales, p);
            halves(w, at + 24L * ROWS * p + 2 * ROWS, out.offsets, p);
        }
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            long block = at + 24L * ROWS * p;
            VectorQ5_0.quants(w, block + 4 * ROWS, 0, out.quants, p * PanelChunk.PART);
        }
    }
}
