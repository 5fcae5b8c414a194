package dev.keiryo.plan;

/** Bits that a weight takes where all are of one kind, and nothing else is counted: the figures that papers give. */
public enum Precision {
    F32("f32", 32),
    F16("f16 / bf16", 16),
    INT8("int8", 8),
    INT4("int4", 4),
    /**
     * 4 bits; an 8-bit absmax for each 64 weights; a float32 for each 256 of those: {@code 4 + 8/64 + 32/(64·256)}. Dettmers et al. 2023,
     * arXiv:2305.14314, section 3.
     */
    NF4_DQ("nf4 + double quantization", 4 + 8 / 64.0 + 32 / (64.0 * 256));

    private final String label;
    private final double bits;

    Precision(String label, double bits) {
        this.label = label;
        this.bits = bits;
    }

    /** As tables have it. */
    public String label() {
        return label;
    }

    /** Bits a weight. */
    public double bits() {
        return bits;
    }

    public long bytes(long parameters) {
        return Math.round(parameters * bits / 8);
    }
}
