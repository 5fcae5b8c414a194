package dev.keiryo.kernel;

import java.lang.foreign.MemorySegment;

/** Panels of IQ4_NL. */
final class VectorIQ4_NL extends PanelQuants {
    static final NibbleTable LEVELS =
            new NibbleTable(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    VectorIQ4_NL() {
        super(true);
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
            LEVELS.look(w, block + 2 * ROWS, out.quants, p * PanelChunk.PART);
        }
    }
}
