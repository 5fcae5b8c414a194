package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q8_0. */
final class VectorQ8_0 extends PanelQuants {
    private static final int BLOCK = 34 * ROWS;

    VectorQ8_0() {
        super(TensorType.Q8_0, true);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        halves(w, at, BLOCK, parts, out.scales, row, out.run(1, 0));
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out, int row) {
        int further = 2 * out.rows;
        for (int p = 0; p < parts; p++) {
            long quants = at + (long) p * BLOCK + 2 * ROWS;
            for (int i = 0; i < 8 * ROWS; i += LANES) {
                ShortVector v = ShortVector.fromMemorySegment(S, w, quants + 4L * i, ORDER);
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                v.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .intoArray(out.pairs, to);
                v.lanewise(VectorOperators.ASHR, 8).intoArray(out.pairs, to + further);
            }
        }
    }

    @Override
    void dot(MemorySegment w, long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        int[] x = inputs.pairs;
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            for (int p = 0; p < parts; p++) {
                long from = at + (long) BLOCK * p;
                long quants = from + 2 * ROWS + 4L * r;
                int i = 16 * (block + p);
                // Sums of two products fit in 16 bits. All eight of those are summed up modulo 2^16 and, for what is
                // above,
                // as their eighths, rounded down.
                ShortVector v0 = ShortVector.fromMemorySegment(S, w, quants + 0L * ROWS, ORDER);
                ShortVector s0 = v0.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 0]).reinterpretAsShorts())
                        .add(v0.lanewise(VectorOperators.ASHR, 8)
                                .mul(IntVector.broadcast(I, x[i + 8]).reinterpretAsShorts()));
                ShortVector low = s0;
                ShortVector eighths = s0.lanewise(VectorOperators.ASHR, 3);
                ShortVector v1 = ShortVector.fromMemorySegment(S, w, quants + 4L * ROWS, ORDER);
                ShortVector s1 = v1.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 1]).reinterpretAsShorts())
                        .add(v1.lanewise(VectorOperators.ASHR, 8)
                                .mul(IntVector.broadcast(I, x[i + 9]).reinterpretAsShorts()));
                low = low.add(s1);
                eighths = eighths.add(s1.lanewise(VectorOperators.ASHR, 3));
                ShortVector v2 = ShortVector.fromMemorySegment(S, w, quants + 8L * ROWS, ORDER);
                ShortVector s2 = v2.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 2]).reinterpretAsShorts())
                        .add(v2.lanewise(VectorOperators.ASHR, 8)
                                .mul(IntVector.broadcast(I, x[i + 10]).reinterpretAsShorts()));
                low = low.add(s2);
                eighths = eighths.add(s2.lanewise(VectorOperators.ASHR, 3));
                ShortVector v3 = ShortVector.fromMemorySegment(S, w, quants + 12L * ROWS, ORDER);
                ShortVector s3 = v3.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 3]).reinterpretAsShorts())
                        .add(v3.lanewise(VectorOperators.ASHR, 8)
                                .mul(IntVector.broadcast(I, x[i + 11]).reinterpretAsShorts()));
                low = low.add(s3);
                eighths = eighths.add(s3.lanewise(VectorOperators.ASHR, 3));
                ShortVector v4 = ShortVector.fromMemorySegment(S, w, quants + 16L * ROWS, ORDER);
                ShortVector s4 = v4.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 4]).reinterpretAsShorts())
                        .add(v4.lanewise(VectorOperators.ASHR, 8)
                                .mul(IntVector.broadcast(I, x[i + 12]).reinterpretAsShorts()));
                low = low.add(s4);
                eighths = eighths.add(s4.lanewise(VectorOperators.ASHR, 3));
                ShortVector v5 = ShortVector.fromMemorySegment(S, w, quants + 20L * ROWS, ORDER);
                ShortVector s5 = v5.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 5]).reinterpretAsShorts())
                        .add(v5.lanewise(VectorOperators.ASHR, 8)
                                .mul(IntVector.broadcast(I, x[i + 13]).reinterpretAsShorts()));
                low = low.add(s5);
                eighths = eighths.add(s5.lanewise(VectorOperators.ASHR, 3));
                ShortVector v6 = ShortVector.fromMemorySegment(S, w, quants + 24L * ROWS, ORDER);
                ShortVector s6 = v6.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 6]).reinterpretAsShorts())
                        .add(v6.lanewise(VectorOperators.ASHR, 8)
                                .mul(IntVector.broadcast(I, x[i + 14]).reinterpretAsShorts()));
                low = low.add(s6);
                eighths = eighths.add(s6.lanewise(VectorOperators.ASHR, 3));
                ShortVector v7 = ShortVector.fromMemorySegment(S, w, quants + 28L * ROWS, ORDER);
                ShortVector s7 = v7.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(IntVector.broadcast(I, x[i + 7]).reinterpretAsShorts())
                        .add(v7.lanewise(VectorOperators.ASHR, 8)
                                .mul(IntVector.broadcast(I, x[i + 15]).reinterpretAsShorts()));
                low = low.add(s7);
                eighths = eighths.add(s7.lanewise(VectorOperators.ASHR, 3));
                // What the eighths lack is less than 64.
                IntVector rest =
                        low.sub(eighths.lanewise(VectorOperators.LSHL, 3)).reinterpretAsInts();
                IntVector both = eighths.reinterpretAsInts();
                IntVector dot = both.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(both.lanewise(VectorOperators.ASHR, 16))
                        .lanewise(VectorOperators.LSHL, 3)
                        .add(rest.and(0xffff))
                        .add(rest.lanewise(VectorOperators.LSHR, 16));
                // As halves().
                IntVector bits = ((IntVector) ShortVector.fromMemorySegment(Lanes.SHORTS, w, from + 2L * r, ORDER)
                                .convertShape(VectorOperators.S2I, I, 0))
                        .lanewise(VectorOperators.LSHL, 13)
                        .and(0x8fffe000);
                VectorMask<Integer> special = bits.and(HALF_INFINITY).eq(HALF_INFINITY);
                FloatVector scale = bits.reinterpretAsFloats()
                        .mul(0x1p112f)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.OR, 0x7f800000, special)
                        .reinterpretAsFloats();
                sum = ((FloatVector) dot.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(scale)
                        .fma(FloatVector.broadcast(Lanes.F, inputs.d[block + p]), sum);
            }
            sum.intoArray(y, to + r);
        }
    }
}
