package dev.keiryo.kernel;

import java.lang.foreign.MemorySegment;

/** Panels of Q4_1. */
final class VectorQ4_1 extends PanelQuants {
    VectorQ4_1() {
        super(false);
    }

    @Override
    void unpack(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            long block = at + 20L * ROWS * p;
            halves(w, block, out.scales, p);
            halves(w, block + 2 * ROWS, out.offsets, p);
            nibbles(w, block + 4 * ROWS, 0, out.quants, p * PanelChunk.PART);
        }
    }
}
