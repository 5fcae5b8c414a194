package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of INT8: quants up to 255, of whose products with int8 only one fits in 16 bits. */
final class VectorInt8 extends PanelQuants {
    private static final int BLOCK = 36 * ROWS;

    VectorInt8() {
        super(TensorType.INT8, true);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        halves(w, at, BLOCK, parts, out.scales, row, out.run(1, 0));
        halves(w, at + 2 * ROWS, BLOCK, parts, out.offsets, row, out.run(1, 0));
        for (int p = 0; p < parts; p++) {
            int run = out.run(p, 0) + row;
            for (int r = run; r < run + ROWS; r += LANES) {
                FloatVector.fromArray(Lanes.F, out.offsets, r)
                        .mul(FloatVector.fromArray(Lanes.F, out.scales, r))
                        .neg()
                        .intoArray(out.offsets, r);
            }
        }
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < parts; p++) {
            long quants = at + (long) p * BLOCK + 4 * ROWS;
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector v = ShortVector.fromMemorySegment(S, w, quants + 4L * i, ORDER);
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                v.and((short) 255).intoArray(out.pairs, to);
                v.lanewise(VectorOperators.LSHR, 8).intoArray(out.pairs, to + further);
            }
        }
    }

    @Override
    void dot(MemorySegment w, long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        for (int p = 0; p < parts; p += PanelChunk.PARTS) {
            int some = Math.min(PanelChunk.PARTS, parts - p);
            dots(w, at + bytes(p), some, inputs.pairs, 16 * (block + p), memory.halves);
            scales(w, at + bytes(p), some, memory.chunk, 0);
            memory.add(this, some, memory.chunk.scales, memory.chunk.offsets, inputs, block + p, y, to);
        }
    }

    private static void dots(MemorySegment w, long at, int parts, int[] x, int xAt, short[] out) {
        for (int p = 0; p < parts; p++) {
            int from = xAt + 16 * p;
            for (int r = 0; r < ROWS; r += LANES) {
                long quants = at + (long) p * BLOCK + 4 * ROWS + 4L * r;
                ShortVector high = ShortVector.zero(S);
                ShortVector low = ShortVector.zero(S);
                for (int j = 0; j < 8; j++) {
                    ShortVector v = ShortVector.fromMemorySegment(S, w, quants + 4L * ROWS * j, ORDER);
                    ShortVector first = v.and((short) 255)
                            .mul(IntVector.broadcast(I, x[from + j]).reinterpretAsShorts());
                    ShortVector second = v.lanewise(VectorOperators.LSHR, 8)
                            .mul(IntVector.broadcast(I, x[from + 8 + j]).reinterpretAsShorts());
                    high = first.lanewise(VectorOperators.ASHR, 8)
                            .add(second.lanewise(VectorOperators.ASHR, 8))
                            .add(high);
                    low = first.and((short) 255).add(second.and((short) 255)).add(low);
                }
                high.intoArray(out, 2 * (2 * p * ROWS + r));
                low.intoArray(out, 2 * ((2 * p + 1) * ROWS + r));
            }
        }
    }
}
