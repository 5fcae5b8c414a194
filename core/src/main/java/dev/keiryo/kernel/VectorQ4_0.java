package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q4_0. */
final class VectorQ4_0 extends PanelQuants {
    private static final int BLOCK = 18 * ROWS;

    VectorQ4_0() {
        super(false, 1);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        halves(w, at, BLOCK, parts, out.scales, row, out.run(1, 0));
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        nibbles(w, at + 2 * ROWS, BLOCK, parts, 8, out, row);
    }

    @Override
    void dots(
            MemorySegment w,
            long at,
            int parts,
            TileInputs inputs,
            int block,
            int token,
            PanelChunk chunk,
            short[] out) {
        int[] x = inputs.pairs;
        int odd = inputs.odd();
        for (int p = 0; p < parts; p++) {
            int from = inputs.pair(block + p, token);
            for (int r = 0; r < ROWS; r += LANES) {
                long quants = at + (long) p * BLOCK + 2 * ROWS + 4L * r;
                ShortVector low = IntVector.broadcast(I, inputs.sums[from / 4])
                        .reinterpretAsShorts()
                        .mul((short) -8);
                ShortVector high = IntVector.broadcast(I, inputs.sums[from / 4 + 1])
                        .reinterpretAsShorts()
                        .mul((short) -8);
                for (int j = 0; j < 4; j++) {
                    ShortVector v = ShortVector.fromMemorySegment(S, w, quants + 4L * ROWS * j, ORDER);
                    low = v.and((short) 15)
                            .mul(IntVector.broadcast(I, x[from + j]).reinterpretAsShorts())
                            .add(low);
                    high = v.lanewise(VectorOperators.LSHR, 4)
                            .and((short) 15)
                            .mul(IntVector.broadcast(I, x[from + 4 + j]).reinterpretAsShorts())
                            .add(high);
                    low = v.lanewise(VectorOperators.LSHR, 8)
                            .and((short) 15)
                            .mul(IntVector.broadcast(I, x[from + odd + j]).reinterpretAsShorts())
                            .add(low);
                    high = v.lanewise(VectorOperators.LSHR, 12)
                            .mul(IntVector.broadcast(I, x[from + odd + 4 + j]).reinterpretAsShorts())
                            .add(high);
                }
                low.add(high).intoArray(out, 2 * (2 * p * ROWS + r));
            }
        }
    }
}
