package dev.keiryo.assembler;

/** Which cache a line is fetched into. */
public enum Prefetch {
    /** All levels. */
    T0(1),
    /** The second level and beyond. */
    T1(2),
    /** The third level and beyond. */
    T2(3),
    /** Near the processor, without displacing what the caches hold: data used once. */
    NTA(0);

    private final int code;

    Prefetch(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
