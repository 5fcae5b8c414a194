package dev.keiryo.kernel;

import java.lang.foreign.MemorySegment;

/** Panels of Q4_0. */
final class VectorQ4_0 extends PanelQuants {
    VectorQ4_0() {
        super(false);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            halves(w, at + 18L * ROWS * p, out.scales, p);
        }
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            long block = at + 18L * ROWS * p;
            nibbles(w, block + 2 * ROWS, 8, out.quants, p * PanelChunk.PART);
        }
    }
}
