package dev.keiryo.assembler;

/** A vector register: number {@code index}, 0 to 31 (above 15 with AVX-512 alone), seen as 128, 256 or 512 {@code bits}. */
public record Vec(int index, int bits) implements Operand {
    public Vec {
        if (index < 0 || index > 31) {
            throw new IllegalArgumentException("a vector register is numbered 0 to 31, not " + index);
        }
        if (bits != 128 && bits != 256 && bits != 512) {
            throw new IllegalArgumentException("a vector register has 128, 256 or 512 bits, not " + bits);
        }
    }

    public static Vec xmm(int index) {
        return new Vec(index, 128);
    }

    public static Vec ymm(int index) {
        return new Vec(index, 256);
    }

    public static Vec zmm(int index) {
        return new Vec(index, 512);
    }

    /** The same register, of another width. */
    public Vec withBits(int other) {
        return new Vec(index, other);
    }

    /** As in Intel's syntax: {@code zmm17}. */
    @Override
    public String toString() {
        return (bits == 512 ? "zmm" : bits == 256 ? "ymm" : "xmm") + index;
    }
}
