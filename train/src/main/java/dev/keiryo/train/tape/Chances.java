package dev.keiryo.train.tape;

import org.jspecify.annotations.Nullable;

/** What is random in a pass: each use has a key that follows from the pass's seed and the number of the use. */
final class Chances {
    private static final long STRIDE = 0x9E3779B97F4A7C15L;

    private long seed;
    private int uses;
    /** Whether anything is: when losses are only measured, nothing. */
    private boolean apply = true;

    void begin(long newSeed) {
        seed = Dropout.mix(newSeed);
        uses = 0;
    }

    void apply(boolean now) {
        apply = now;
    }

    boolean apply() {
        return apply;
    }

    /** A new key. */
    long nextKey() {
        return Dropout.mix(seed + STRIDE * ++uses);
    }

    /** With probability p, or null for none. */
    @Nullable
    Dropout dropout(double p) {
        return p == 0 || !apply ? null : new Dropout(p, nextKey());
    }

    /** How many keys there were: what is computed again begins where it began. */
    int uses() {
        return uses;
    }

    void goBack(int toUses) {
        uses = toUses;
    }
}
