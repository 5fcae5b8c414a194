package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of IQ4_XS. */
final class VectorIQ4_XS extends PanelQuants {
    VectorIQ4_XS() {
        super(TensorType.IQ4_XS, true);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        halves(w, at, 0, 1, out.bases, row, 0);
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            for (int r = 0; r < ROWS; r += LANES) {
                IntVector high = ((IntVector)
                                ShortVector.fromMemorySegment(Lanes.SHORTS, w, at + 2 * ROWS + 2L * r, ORDER)
                                        .convertShape(VectorOperators.S2I, I, 0))
                        .lanewise(VectorOperators.LSHR, 2 * p)
                        .and(3)
                        .lanewise(VectorOperators.LSHL, 4);
                IntVector code = IntVector.fromMemorySegment(I, w, at + 4 * ROWS + 4L * r, ORDER)
                        .lanewise(VectorOperators.LSHR, 4 * p)
                        .and(15)
                        .or(high)
                        .sub(32);
                ((FloatVector) code.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(FloatVector.fromArray(Lanes.F, out.bases, row + r))
                        .intoArray(out.scales, out.run(p, 0) + row + r);
            }
        }
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        VectorIQ4_NL.LEVELS.look(w, at + 8 * ROWS, 16L * ROWS, PanelChunk.PARTS, out, row);
    }
}
