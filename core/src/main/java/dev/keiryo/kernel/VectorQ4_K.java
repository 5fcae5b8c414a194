package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.KScales;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Rows of Q4_K. */
final class VectorQ4_K implements VectorRows {
    static final VectorQ4_K ROWS = new VectorQ4_K();
    private static final int BLOCK = 256;
    private static final int BYTES = 144;
    private static final int GROUPS = 8;
    private static final int GROUP = 32;

    private VectorQ4_K() {}

    @Override
    public float dot(MemorySegment w, long offset, MemorySegment x, long xOffset, int n) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int b = 0; b < n / BLOCK; b++) {
            long block = offset + (long) b * BYTES;
            float d = Lanes.half(w, block);
            float dmin = Lanes.half(w, block + 2);
            for (int g = 0; g < GROUPS; g++) {
                FloatVector s = FloatVector.broadcast(Lanes.F, d * KScales.scale(w, block + 4, g));
                FloatVector m = FloatVector.broadcast(Lanes.F, dmin * KScales.min(w, block + 4, g));
                long quants = block + 16 + g / 2 * 32L;
                long xGroup = xOffset + 4L * (b * BLOCK + g * GROUP);
                for (int i = 0; i < GROUP; i += LANES) {
                    acc = weights(w, quants + i, g, s, m).fma(Lanes.floats(x, xGroup + 4L * i), acc);
                }
            }
        }
        return Lanes.sum(acc);
    }

    @Override
    public void decode(MemorySegment w, long offset, float[] out, int at, int n) {
        for (int b = 0; b < n / BLOCK; b++) {
            long block = offset + (long) b * BYTES;
            float d = Lanes.half(w, block);
            float dmin = Lanes.half(w, block + 2);
            for (int g = 0; g < GROUPS; g++) {
                FloatVector s = FloatVector.broadcast(Lanes.F, d * KScales.scale(w, block + 4, g));
                FloatVector m = FloatVector.broadcast(Lanes.F, dmin * KScales.min(w, block + 4, g));
                long quants = block + 16 + g / 2 * 32L;
                for (int i = 0; i < GROUP; i += LANES) {
                    weights(w, quants + i, g, s, m).intoArray(out, at + b * BLOCK + g * GROUP + i);
                }
            }
        }
    }

    private static FloatVector weights(MemorySegment w, long quants, int group, FloatVector s, FloatVector m) {
        int shift = group % 2 * 4;
        return Lanes.toFloat(Lanes.bytes(w, quants)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(15))
                .mul(s)
                .sub(m);
    }
}
