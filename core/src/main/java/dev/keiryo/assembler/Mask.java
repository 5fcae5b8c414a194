package dev.keiryo.assembler;

/** An AVX-512 mask register, {@code k0} to {@code k7}; an instruction cannot be masked by {@code k0}. */
public record Mask(int index) implements Operand {
    public Mask {
        if (index < 0 || index > 7) {
            throw new IllegalArgumentException("a mask register is numbered 0 to 7, not " + index);
        }
    }

    @Override
    public String toString() {
        return "k" + index;
    }
}
