package dev.keiryo.kernel;

import dev.keiryo.tensor.MXFP4;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.ValueLayout;

/** Panels of MXFP4. */
final class VectorMXFP4 extends PanelQuants {
    private static final int BLOCK = 17 * ROWS;

    /** Twice the values: whole numbers. */
    private static final NibbleTable DOUBLED = new NibbleTable(MXFP4.levels());

    VectorMXFP4() {
        super(TensorType.MXFP4, false);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        for (int p = 0; p < parts; p++) {
            for (int r = 0; r < ROWS; r++) {
                int e = Lanes.ALL.get(ValueLayout.JAVA_BYTE, at + (long) p * BLOCK + r) & 0xff;
                // 2^(e - 128), subnormal for e = 0 and 1.
                out.scales[out.run(p, 0) + row + r] = Float.intBitsToFloat(e < 2 ? (e + 1) << 21 : (e - 1) << 23);
            }
        }
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        DOUBLED.look(at + ROWS, BLOCK, parts, out, row);
    }
}
