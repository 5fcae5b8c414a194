package dev.keiryo.prune;

import java.io.IOException;

/**
 * The magnitude below which weights of all matrices together become zero. Found exactly, without holding or sorting them: the
 * bits of floats that are not negative are in their numbers' order, so one count by the upper 16 bits and one by the lower
 * tell the k-th.
 */
final class GlobalMagnitude {
    private static final int BUCKETS = 1 << 16;

    /** Gives all weights to {@code to}, one matrix after the other, the same each time. */
    interface Source {
        void forEach(Visitor to) throws IOException;
    }

    /** Takes a matrix. */
    interface Visitor {
        void visit(float[] weights) throws IOException;
    }

    private final int limit;
    /** Of the weights as large as the limit, how many are still to become zero. */
    private long equals;

    private GlobalMagnitude(int limit, long equals) {
        this.limit = limit;
        this.equals = equals;
    }

    /** For {@code count} weights to become zero. */
    static GlobalMagnitude of(Source source, long count) throws IOException {
        long[] upper = new long[BUCKETS];
        source.forEach(weights -> {
            for (float w : weights) {
                upper[bits(w) >>> 16]++;
            }
        });
        long below = 0;
        int bucket = 0;
        while (bucket < BUCKETS && below + upper[bucket] < count) {
            below += upper[bucket++];
        }
        int found = bucket;
        long[] lower = new long[BUCKETS];
        source.forEach(weights -> {
            for (float w : weights) {
                if (bits(w) >>> 16 == found) {
                    lower[bits(w) & 0xFFFF]++;
                }
            }
        });
        int rest = 0;
        while (rest < BUCKETS - 1 && below + lower[rest] < count) {
            below += lower[rest++];
        }
        return new GlobalMagnitude((bucket << 16) | rest, count - below);
    }

    /** Sets to zero what is below the limit; of what equals it the first, over all calls. */
    void clear(float[] weights) {
        for (int i = 0; i < weights.length; i++) {
            int bits = bits(weights[i]);
            if (bits < limit || (bits == limit && equals-- > 0)) {
                weights[i] = 0;
            }
        }
    }

    private static int bits(float w) {
        return Float.floatToRawIntBits(w) & 0x7FFF_FFFF;
    }
}
