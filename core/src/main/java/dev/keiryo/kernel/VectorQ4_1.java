package dev.keiryo.kernel;

import java.lang.foreign.MemorySegment;

/** Panels of Q4_1. */
final class VectorQ4_1 extends PanelQuants {
    VectorQ4_1() {
        super(false);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            halves(w, at + 20L * ROWS * p, out.scales, p);
            halves(w, at + 20L * ROWS * p + 2 * ROWS, out.offsets, p);
        }
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            long block = at + 20L * ROWS * p;
            nibbles(w, block + 4 * ROWS, 0, out.quants, p * PanelChunk.PART);
        }
    }
}
