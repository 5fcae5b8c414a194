package dev.keiryo.synth;

/**
 * SplitMix64: a counter hashed to 64 random bits. Written out because the bytes of a synthetic model must not depend on
 * the JDK. Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators". Not thread-safe.
 */
final class RandomBits {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    /** Stream {@code part} of the tensor {@code name} of the model of {@code seed}. */
    RandomBits(long seed, String name, long part) {
        long s = mix(seed + GOLDEN);
        for (int i = 0; i < name.length(); i++) {
            s = mix(s + name.charAt(i) + GOLDEN);
        }
        state = mix(s + part * GOLDEN);
    }

    long next() {
        state += GOLDEN;
        return mix(state);
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
