package dev.keiryo.assembler;

/** The general purpose registers; an instruction that works on 32 bits uses the lower half and clears the upper one. */
public enum Gp implements Operand {
    RAX(0),
    RCX(1),
    RDX(2),
    RBX(3),
    RSP(4),
    RBP(5),
    RSI(6),
    RDI(7),
    R8(8),
    R9(9),
    R10(10),
    R11(11),
    R12(12),
    R13(13),
    R14(14),
    R15(15);

    private final int number;

    Gp(int number) {
        this.number = number;
    }

    /** The number by which instructions encode it, 0 to 15. */
    int number() {
        return number;
    }
}
