package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of MXFP4. */
final class VectorMXFP4 extends PanelQuants {
    /** Twice the values: whole numbers. */
    private static final NibbleTable DOUBLED = new NibbleTable(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

    VectorMXFP4() {
        super(false);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            for (int r = 0; r < ROWS; r += LANES) {
                powers(Lanes.bytes(w, at + 17L * ROWS * p + r))
                        .reinterpretAsFloats()
                        .intoArray(out.scales, PanelChunk.run(p, 0) + r);
            }
        }
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            DOUBLED.look(w, at + 17L * ROWS * p + ROWS, out.quants, p * PanelChunk.PART);
        }
    }

    /** The bits of {@code 2^(e - 128)}, subnormal for e = 0 and 1. */
    private static IntVector powers(IntVector e) {
        IntVector subnormal = e.lanewise(VectorOperators.LSHL, 21).add(1 << 21);
        return e.sub(1).lanewise(VectorOperators.LSHL, 23).blend(subnormal, e.lt(2));
    }
}
