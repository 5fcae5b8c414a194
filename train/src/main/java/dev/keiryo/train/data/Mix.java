package dev.keiryo.train.data;

/** Bits mixed so that each depends on all: the finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
public final class Mix {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private Mix() {}

    public static long mix(long z) {
        z += GOLDEN;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    public static long mix(long a, long b) {
        return mix(mix(a) ^ b);
    }

    public static long mix(long a, long b, long c) {
        return mix(mix(a, b) ^ c);
    }
}
