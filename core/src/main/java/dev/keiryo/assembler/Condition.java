package dev.keiryo.assembler;

/** When a jump is taken, after {@code cmp a, b}: L and G compare signed values, B (below) and A (above) unsigned ones. */
public enum Condition {
    /** a = b. */
    E(0x4),
    /** a &ne; b. */
    NE(0x5),
    /** a &lt; b, signed. */
    L(0xC),
    /** a &le; b, signed. */
    LE(0xE),
    /** a &gt; b, signed. */
    G(0xF),
    /** a &ge; b, signed. */
    GE(0xD),
    /** a &lt; b, unsigned. */
    B(0x2),
    /** a &le; b, unsigned. */
    BE(0x6),
    /** a &gt; b, unsigned. */
    A(0x7),
    /** a &ge; b, unsigned. */
    AE(0x3);

    private final int code;

    Condition(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
