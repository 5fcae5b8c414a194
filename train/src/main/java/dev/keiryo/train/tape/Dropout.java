package dev.keiryo.train.tape;

/**
 * Inverted dropout by a counted generator: whether the i-th number is kept follows from the key and i alone, so that no mask is
 * stored, and the way back, or a second way there, finds the same. Srivastava et al. 2014.
 *
 * @param probability of a number to be dropped, in [0, 1)
 * @param key one for each use in each step
 */
record Dropout(double probability, long key) {
    Dropout {
        if (!(probability >= 0 && probability < 1)) {
            throw new IllegalArgumentException("dropout should be at least 0 and below 1, but is " + probability);
        }
    }

    /** {@code 1/(1-p)} where the number is kept, else 0. */
    double factor(long i) {
        return (mix(key + i * 0x9E3779B97F4A7C15L) >>> 11) * 0x1p-53 < probability ? 0 : 1 / (1 - probability);
    }

    /** The i-th of normal random numbers that follow from the key: Box and Muller 1958. */
    static double normal(long key, long i) {
        long first = mix(key + 2 * i * 0x9E3779B97F4A7C15L);
        long second = mix(key + (2 * i + 1) * 0x9E3779B97F4A7C15L);
        double radius = Math.sqrt(-2 * Math.log(((first >>> 11) + 1) * 0x1p-53));
        return radius * Math.cos(2 * Math.PI * ((second >>> 11) * 0x1p-53));
    }

    /** The finalizer of SplitMix64: Steele et al. 2014. */
    static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
