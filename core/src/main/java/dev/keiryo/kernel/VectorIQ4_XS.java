package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of IQ4_XS. */
final class VectorIQ4_XS extends PanelQuants {
    VectorIQ4_XS() {
        super(TensorType.IQ4_XS, true);
    }

    @Override
    void scales(byte[] w, int at, int parts, PanelChunk out, int row) {
        halves(w, at, 0, 1, out.bases, row, 0);
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            for (int r = 0; r < ROWS; r += LANES) {
                IntVector high = ((IntVector) ByteVector.fromArray(HALF, w, at + 2 * ROWS + 2 * r)
                                .reinterpretAsShorts()
                                .convertShape(VectorOperators.S2I, I, 0))
                        .lanewise(VectorOperators.LSHR, 2 * p)
                        .and(3)
                        .lanewise(VectorOperators.LSHL, 4);
                IntVector code = ByteVector.fromArray(B, w, at + 4 * ROWS + 4 * r)
                        .reinterpretAsInts()
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
    void quants(byte[] w, int at, int parts, PanelChunk out, int row) {
        VectorIQ4_NL.LEVELS.look(w, at + 8 * ROWS, 16 * ROWS, PanelChunk.PARTS, out, row);
    }

    @Override
    void dot(byte[] w, int at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        for (int p = 0; p < parts; p += PanelChunk.PARTS) {
            int some = Math.min(PanelChunk.PARTS, parts - p);
            int from = at + bytes(p);
            scales(w, from, some, memory.chunk, 0);
            VectorIQ4_NL.LEVELS.bytes(w, from + 8 * ROWS, 16 * ROWS, some, memory.bytes);
            memory.bytes(memory.bytes, 0, Activations.BLOCK * ROWS, some, 0, false, inputs, block + p, y, to);
        }
    }
}
