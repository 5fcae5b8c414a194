package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q6_K. */
final class VectorQ6_K extends PanelQuants {
    VectorQ6_K() {
        super(false, 2);
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            long low = at + 64L * ROWS * (p / 4) + 32L * ROWS * (p % 2);
            long high = at + 128 * ROWS + 32L * ROWS * (p / 4);
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector nibbles = ShortVector.fromMemorySegment(S, w, low + 4L * i, ORDER)
                        .lanewise(VectorOperators.LSHR, (short) (p / 2 % 2 * 4))
                        .and((short) 0x0f0f);
                ShortVector q = ShortVector.fromMemorySegment(S, w, high + 4L * i, ORDER)
                        .lanewise(VectorOperators.LSHR, (short) (p % 4 * 2))
                        .and((short) 0x0303)
                        .lanewise(VectorOperators.LSHL, 4)
                        .or(nibbles);
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                q.and((short) 0xff).sub((short) 32).intoArray(out.pairs, to);
                q.lanewise(VectorOperators.LSHR, 8).sub((short) 32).intoArray(out.pairs, to + further);
            }
        }
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        halves(w, at + 208 * ROWS, 0, 1, out.bases, row, 0);
        for (int run = 0; run < 16; run++) {
            long codes = at + 192 * ROWS + 4L * ROWS * (run / 4);
            signedCodes(w, codes, run % 4 * 8, out.bases, row, out.scales, run * out.rows + row);
        }
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
        // Two runs of the same bytes: of low and of high nibbles, 64 columns apart.
        for (int i = 0; i < PanelChunk.PARTS; i++) {
            int run = i / 4 * 8 + i % 4;
            dots(w, at, run, inputs, block, token, out);
        }
    }

    private static void dots(MemorySegment w, long at, int run, TileInputs inputs, int block, int token, short[] out) {
        int[] x = inputs.pairs;
        int odd = inputs.odd();
        int from = inputs.pair(block + run / 2, token) + run % 2 * 4;
        int next = inputs.pair(block + run / 2 + 2, token) + run % 2 * 4;
        int shift = run % 4 / 2 * 2;
        for (int r = 0; r < ROWS; r += LANES) {
            long quants = at + (64L * (run / 8) + 16L * (run % 4)) * ROWS + 4L * r;
            long tops = at + (128 + 32L * (run / 8) + 16L * (run % 2)) * ROWS + 4L * r;
            ShortVector low = IntVector.broadcast(I, inputs.sums[from / 4])
                    .reinterpretAsShorts()
                    .mul((short) -32);
            ShortVector high = IntVector.broadcast(I, inputs.sums[next / 4])
                    .reinterpretAsShorts()
                    .mul((short) -32);
            for (int j = 0; j < 4; j++) {
                ShortVector nibbles = ShortVector.fromMemorySegment(S, w, quants + 4L * ROWS * j, ORDER);
                ShortVector top = ShortVector.fromMemorySegment(S, w, tops + 4L * ROWS * j, ORDER)
                        .lanewise(VectorOperators.LSHR, shift);
                ShortVector q = top.lanewise(VectorOperators.LSHL, 4)
                        .and((short) 0x3030)
                        .or(nibbles.and((short) 0x0f0f));
                low = q.and((short) 255)
                        .mul(IntVector.broadcast(I, x[from + j]).reinterpretAsShorts())
                        .add(low);
                low = q.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[from + odd + j]).reinterpretAsShorts())
                        .add(low);
                q = top.and((short) 0x3030)
                        .or(nibbles.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f));
                high = q.and((short) 255)
                        .mul(IntVector.broadcast(I, x[next + j]).reinterpretAsShorts())
                        .add(high);
                high = q.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(I, x[next + odd + j]).reinterpretAsShorts())
                        .add(high);
            }
            low.intoArray(out, 2 * (run * ROWS + r));
            high.intoArray(out, 2 * ((run + 4) * ROWS + r));
        }
    }
}
