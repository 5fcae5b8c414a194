package dev.keiryo.train.data;

/**
 * The numbers from 0 to n - 1 in an order that a key decides, computed one by one: a Feistel network of four rounds on as many bits as n takes, walked on until the
 * result is below n (Black and Rogaway, Ciphers with Arbitrary Finite Domains, 2002). Takes no memory.
 */
final class Permutation {
    private static final int ROUNDS = 4;

    private final long size;
    private final int half;
    private final long mask;
    private final long[] keys = new long[ROUNDS];

    Permutation(long size, long key) {
        if (size < 1) {
            throw new IllegalArgumentException("a permutation of " + size + " numbers");
        }
        this.size = size;
        int bits = Math.max(2, Long.SIZE - Long.numberOfLeadingZeros(size - 1));
        half = (bits + 1) / 2;
        mask = (1L << half) - 1;
        for (int r = 0; r < ROUNDS; r++) {
            keys[r] = Mix.mix(key, r);
        }
    }

    /** The number at place {@code i}. */
    long at(long i) {
        long x = i;
        do {
            long left = x >>> half;
            long right = x & mask;
            for (long key : keys) {
                long mixed = left ^ (Mix.mix(right ^ key) & mask);
                left = right;
                right = mixed;
            }
            x = left << half | right;
        } while (x >= size || x < 0);
        return x;
    }
}
