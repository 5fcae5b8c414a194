package dev.keiryo.assembler;

import org.jspecify.annotations.Nullable;

/** Writes the fields that instructions share: VEX and EVEX prefixes, ModRM, SIB and displacement. */
final class Encoding {
    private Encoding() {}

    /** Writes a vector instruction of {@code length} bits in the given form. */
    static void write(
            CodeBuffer code,
            Form form,
            int length,
            Operand[] operands,
            int immediate,
            @Nullable Mask mask,
            boolean zeroing) {
        int reg = Math.max(form.extension(), 0);
        int vvvv = 0;
        int last = immediate;
        int element = 0;
        Operand rm = operands[0];
        Form.Kind rmKind = form.kinds()[0];
        for (int i = 0; i < operands.length; i++) {
            switch (form.roles().charAt(i)) {
                case 'R' -> reg = number(operands[i]);
                case 'V' -> vvvv = number(operands[i]);
                case 'S' -> last = number(operands[i]) << 4;
                default -> {
                    rm = operands[i];
                    rmKind = form.kinds()[i];
                    element = rmKind.element();
                }
            }
        }
        boolean following = form.immediate() || form.roles().indexOf('S') >= 0;
        int disp8Scale = 1;
        if (form.needsEvex(operands, length, mask)) {
            boolean broadcast = rm instanceof Mem mem && mem.broadcasts();
            disp8Scale = broadcast ? element : rmKind.memoryBytes(length);
            evex(code, form, length, reg, vvvv, rm, broadcast, mask, zeroing);
        } else {
            vex(code, form, length, reg, vvvv, rm);
        }
        code.put8(form.opcode());
        modRm(code, reg, rm, disp8Scale, following ? 1 : 0);
        if (following) {
            code.put8(last);
        }
    }

    private static void vex(CodeBuffer code, Form form, int length, int reg, int vvvv, Operand rm) {
        int r = ~reg >> 3 & 1;
        int x = ~indexNumber(rm) >> 3 & 1;
        int b = ~baseNumber(rm) >> 3 & 1;
        int tail = (~vvvv & 15) << 3 | (length == 256 ? 4 : 0) | form.prefix();
        if (x == 1 && b == 1 && form.vexW() == 0 && form.map() == 1) {
            code.put8(0xC5);
            code.put8(r << 7 | tail);
        } else {
            code.put8(0xC4);
            code.put8(r << 7 | x << 6 | b << 5 | form.map());
            code.put8(form.vexW() << 7 | tail);
        }
    }

    private static void evex(
            CodeBuffer code,
            Form form,
            int length,
            int reg,
            int vvvv,
            Operand rm,
            boolean broadcast,
            @Nullable Mask mask,
            boolean zeroing) {
        // A register in r/m has its fifth bit where memory has the fourth of its index; a vector index has its own
        // fifth with vvvv.
        int index = rm instanceof Vec vec ? vec.index() >> 1 : indexNumber(rm);
        int high = vvvv
                | (rm instanceof Mem mem && mem.vectorIndex() != null
                        ? mem.vectorIndex().index() & 16
                        : 0);
        code.put8(0x62);
        code.put8((~reg >> 3 & 1) << 7
                | (~index >> 3 & 1) << 6
                | (~baseNumber(rm) >> 3 & 1) << 5
                | (~reg >> 4 & 1) << 4
                | form.map());
        code.put8(form.evexW() << 7 | (~vvvv & 15) << 3 | 4 | form.prefix());
        code.put8((zeroing ? 0x80 : 0)
                | (length / 256) << 5
                | (broadcast ? 0x10 : 0)
                | (~high >> 4 & 1) << 3
                | (mask == null ? 0 : mask.index()));
    }

    /**
     * ModRM, SIB and displacement.
     *
     * @param reg whose lower three bits are written
     * @param disp8Scale what a displacement of one byte is counted in
     * @param following how many bytes of the instruction follow
     */
    static void modRm(CodeBuffer code, int reg, Operand rm, int disp8Scale, int following) {
        int field = (reg & 7) << 3;
        if (!(rm instanceof Mem mem)) {
            code.put8(0xC0 | field | (number(rm) & 7));
            return;
        }
        Label label = mem.label();
        if (label != null) {
            code.put8(field | 5);
            code.putDistance(label, mem.displacement(), following);
            return;
        }
        Gp base = mem.base();
        int displacement = mem.displacement();
        boolean one = displacement % disp8Scale == 0 && displacement / disp8Scale == (byte) (displacement / disp8Scale);
        // RBP and R13 without a displacement would mean none of them, and so a displacement of 32 bits.
        int mode = base == null || (displacement == 0 && (base.number() & 7) != 5) ? 0x00 : one ? 0x40 : 0x80;
        boolean indexed = mem.index() != null || mem.vectorIndex() != null;
        // RSP and R12 as a base would mean that a SIB byte follows; no base and no SIB byte means relative to RIP.
        if (indexed || base == null || (base.number() & 7) == 4) {
            code.put8(mode | field | 4);
            int index = indexed ? indexNumber(mem) & 7 : 4;
            code.put8(Integer.numberOfTrailingZeros(mem.scale()) << 6
                    | index << 3
                    | (base == null ? 5 : base.number() & 7));
        } else {
            code.put8(mode | field | (base.number() & 7));
        }
        if (mode == 0x40) {
            code.put8(displacement / disp8Scale);
        } else if (mode == 0x80 || base == null) {
            code.put32(displacement);
        }
    }

    /** The number of the register in r/m, or of the base there. */
    static int baseNumber(Operand rm) {
        return rm instanceof Mem mem ? mem.base() == null ? 0 : mem.base().number() : number(rm);
    }

    /** The number of the index register in r/m, or 0. */
    static int indexNumber(Operand rm) {
        if (!(rm instanceof Mem mem)) {
            return 0;
        }
        Vec vector = mem.vectorIndex();
        Gp index = mem.index();
        return vector != null ? vector.index() : index != null ? index.number() : 0;
    }

    private static int number(Operand register) {
        return switch (register) {
            case Gp gp -> gp.number();
            case Vec vec -> vec.index();
            case Mask mask -> mask.index();
            case Mem mem -> throw new IllegalArgumentException("not a register: " + mem);
        };
    }
}
