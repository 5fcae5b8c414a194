package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Rows of Q6_K. */
final class VectorQ6_K implements VectorRows {
    static final VectorQ6_K ROWS = new VectorQ6_K();
    private static final int BLOCK = 256;
    private static final int BYTES = 210;
    private static final int GROUPS = 16;
    private static final int GROUP = 16;

    private VectorQ6_K() {}

    @Override
    public float dot(MemorySegment w, long offset, MemorySegment x, long xOffset, int n) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int b = 0; b < n / BLOCK; b++) {
            long block = offset + (long) b * BYTES;
            float d = Lanes.half(w, block + 208);
            for (int g = 0; g < GROUPS; g++) {
                FloatVector s = scale(w, block, g, d);
                long xGroup = xOffset + 4L * (b * BLOCK + g * GROUP);
                for (int i = 0; i < GROUP; i += LANES) {
                    acc = weights(w, block, g, i, s).fma(Lanes.floats(x, xGroup + 4L * i), acc);
                }
            }
        }
        return Lanes.sum(acc);
    }

    @Override
    public void decode(MemorySegment w, long offset, float[] out, int at, int n) {
        for (int b = 0; b < n / BLOCK; b++) {
            long block = offset + (long) b * BYTES;
            float d = Lanes.half(w, block + 208);
            for (int g = 0; g < GROUPS; g++) {
                FloatVector s = scale(w, block, g, d);
                for (int i = 0; i < GROUP; i += LANES) {
                    weights(w, block, g, i, s).intoArray(out, at + b * BLOCK + g * GROUP + i);
                }
            }
        }
    }

    private static FloatVector scale(MemorySegment w, long block, int group, float d) {
        return FloatVector.broadcast(Lanes.F, d * w.get(ValueLayout.JAVA_BYTE, block + 192 + group));
    }

    private static FloatVector weights(MemorySegment w, long block, int group, int i, FloatVector s) {
        int inHalf = group % 8;
        long low = block + group / 8 * 64L + inHalf % 4 * 16L + i;
        long high = block + 128 + group / 8 * 32L + inHalf % 2 * 16L + i;
        IntVector nibbles = Lanes.bytes(w, low)
                .lanewise(VectorOperators.LSHR, inHalf / 4 * 4)
                .and(15);
        IntVector tops = Lanes.bytes(w, high)
                .lanewise(VectorOperators.LSHL, 4)
                .lanewise(VectorOperators.LSHR, inHalf / 2 * 2)
                .and(0x30);
        return Lanes.toFloat(nibbles.or(tops).sub(32)).mul(s);
    }
}
