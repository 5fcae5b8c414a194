package dev.keiryo.assembler;

/**
 * The general purpose instructions of an {@link Assembler}. They work on 64 bits unless their name says otherwise; a memory operand
 * with a broadcast or a vector index is an {@link IllegalArgumentException}.
 */
abstract sealed class GeneralPurpose permits Assembler {
    final CodeBuffer code = new CodeBuffer();

    // ---- moves

    public void mov(Gp destination, Gp source) {
        general(true, 0x89, source.number(), destination);
    }

    /** In the shortest encoding of the three there are. */
    public void mov(Gp destination, long value) {
        if (value == (int) value && value < 0) {
            general(true, 0xC7, 0, destination);
            code.put32((int) value);
            return;
        }
        boolean wide = value >>> 32 != 0;
        rex(wide, 0, destination, false);
        code.put8(0xB8 | (destination.number() & 7));
        if (wide) {
            code.put64(value);
        } else {
            code.put32((int) value);
        }
    }

    public void load(Gp destination, Mem source) {
        general(true, 0x8B, destination.number(), source);
    }

    /** 32 bits, zero-extended to 64. */
    public void load32(Gp destination, Mem source) {
        general(false, 0x8B, destination.number(), source);
    }

    /** 16 bits, zero-extended to 64. */
    public void load16(Gp destination, Mem source) {
        general(false, 0x0FB7, destination.number(), source);
    }

    /** 8 bits, zero-extended to 64. */
    public void load8(Gp destination, Mem source) {
        general(false, 0x0FB6, destination.number(), source);
    }

    /** 8 bits, sign-extended to 64. */
    public void loadSigned8(Gp destination, Mem source) {
        general(true, 0x0FBE, destination.number(), source);
    }

    public void store(Mem destination, Gp source) {
        general(true, 0x89, source.number(), destination);
    }

    /** The lowest 32 bits. */
    public void store32(Mem destination, Gp source) {
        general(false, 0x89, source.number(), destination);
    }

    /** The lowest 16 bits. */
    public void store16(Mem destination, Gp source) {
        checkScalar(destination);
        code.put8(0x66);
        general(false, 0x89, source.number(), destination);
    }

    /** The lowest 8 bits. */
    public void store8(Mem destination, Gp source) {
        checkScalar(destination);
        // Without a REX prefix the numbers 4 to 7 mean AH, CH, DH and BH.
        rex(false, source.number(), destination, source.number() >= 4);
        code.put8(0x88);
        Encoding.modRm(code, source.number(), destination, 1, 0);
    }

    /** The address itself. */
    public void lea(Gp destination, Mem source) {
        general(true, 0x8D, destination.number(), source);
    }

    public void push(Gp source) {
        rex(false, 0, source, false);
        code.put8(0x50 | (source.number() & 7));
    }

    public void pop(Gp destination) {
        rex(false, 0, destination, false);
        code.put8(0x58 | (destination.number() & 7));
    }

    // ---- arithmetic

    public void add(Gp destination, Gp source) {
        general(true, 0x01, source.number(), destination);
    }

    public void add(Gp destination, int value) {
        arithmetic(0, destination, value);
    }

    public void sub(Gp destination, Gp source) {
        general(true, 0x29, source.number(), destination);
    }

    public void sub(Gp destination, int value) {
        arithmetic(5, destination, value);
    }

    public void and(Gp destination, Gp source) {
        general(true, 0x21, source.number(), destination);
    }

    /** The value is sign-extended. */
    public void and(Gp destination, int value) {
        arithmetic(4, destination, value);
    }

    public void or(Gp destination, Gp source) {
        general(true, 0x09, source.number(), destination);
    }

    public void xor(Gp destination, Gp source) {
        general(true, 0x31, source.number(), destination);
    }

    public void cmp(Gp a, Gp b) {
        general(true, 0x39, b.number(), a);
    }

    public void cmp(Gp a, int value) {
        arithmetic(7, a, value);
    }

    public void test(Gp a, Gp b) {
        general(true, 0x85, b.number(), a);
    }

    public void imul(Gp destination, Gp source) {
        general(true, 0x0FAF, destination.number(), source);
    }

    /** destination = source * value. */
    public void imul(Gp destination, Gp source, int value) {
        boolean small = value == (byte) value;
        general(true, small ? 0x6B : 0x69, destination.number(), source);
        immediate(small, value);
    }

    public void shl(Gp destination, int bits) {
        shift(4, destination, bits);
    }

    /** Zeros come in. */
    public void shr(Gp destination, int bits) {
        shift(5, destination, bits);
    }

    /** The sign comes in. */
    public void sar(Gp destination, int bits) {
        shift(7, destination, bits);
    }

    public void neg(Gp destination) {
        general(true, 0xF7, 3, destination);
    }

    public void dec(Gp destination) {
        general(true, 0xFF, 1, destination);
    }

    public void inc(Gp destination) {
        general(true, 0xFF, 0, destination);
    }

    // ---- control

    public void ret() {
        put(0xC3);
    }

    public void cpuid() {
        put(0x0F, 0xA2);
    }

    public void xgetbv() {
        put(0x0F, 0x01, 0xD0);
    }

    public void prefetch(Prefetch hint, Mem address) {
        general(false, 0x0F18, hint.code(), address);
    }

    /** The eight instructions that share a layout: by a byte where it fits, by 32 bits otherwise, with a short form for RAX. */
    private void arithmetic(int operation, Gp destination, int value) {
        boolean small = value == (byte) value;
        if (!small && destination == Gp.RAX) {
            put(0x48, operation << 3 | 5);
        } else {
            general(true, small ? 0x83 : 0x81, operation, destination);
        }
        immediate(small, value);
    }

    private void shift(int operation, Gp destination, int bits) {
        if (bits < 0 || bits > 63) {
            throw new IllegalArgumentException("shl, shr and sar shift by 0 to 63, not " + bits);
        }
        general(true, bits == 1 ? 0xD1 : 0xC1, operation, destination);
        if (bits != 1) {
            code.put8(bits);
        }
    }

    private void immediate(boolean small, int value) {
        if (small) {
            code.put8(value);
        } else {
            code.put32(value);
        }
    }

    /** Prefix, opcode of one or two bytes, and operands, of which r/m cannot be followed by an immediate if it is memory. */
    private void general(boolean wide, int opcode, int reg, Operand rm) {
        checkScalar(rm);
        rex(wide, reg, rm, false);
        opcode(opcode);
        Encoding.modRm(code, reg, rm, 1, 0);
    }

    private void checkScalar(Operand rm) {
        checkLabel(rm);
        if (rm instanceof Mem mem && (mem.broadcasts() || mem.vectorIndex() != null)) {
            throw new IllegalArgumentException(
                    "a general purpose instruction takes neither broadcast nor vector index: " + mem);
        }
    }

    /** Before anything is written. */
    final void checkLabel(Operand operand) {
        if (operand instanceof Mem mem && mem.label() != null) {
            code.check(mem.label());
        }
    }

    private void rex(boolean wide, int reg, Operand rm, boolean always) {
        int bits = (wide ? 8 : 0) | reg >> 3 << 2 | Encoding.indexNumber(rm) >> 3 << 1 | Encoding.baseNumber(rm) >> 3;
        if (bits != 0 || always) {
            code.put8(0x40 | bits);
        }
    }

    final void opcode(int value) {
        if (value > 0xFF) {
            code.put8(value >> 8);
        }
        code.put8(value);
    }

    final void put(int... values) {
        for (int value : values) {
            code.put8(value);
        }
    }
}
