package dev.keiryo.assembler;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes machine code for x86-64, instruction by instruction, operands in Intel's order (destination first). General purpose
 * instructions work on 64 bits unless their name says otherwise. Arguments that an instruction does not take, by kind, width or
 * number of the register, are an {@link IllegalArgumentException} that names it.
 *
 * <p>Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
 */
public final class Assembler extends GeneralPurpose {
    private final boolean avx512;
    private @Nullable Mask mask;
    private boolean zeroing;

    /** Takes all instructions. */
    public Assembler() {
        this(true);
    }

    private Assembler(boolean avx512) {
        this.avx512 = avx512;
    }

    /** Refuses what needs AVX-512: its instructions, masks, embedded broadcasts, registers above 15 or of 512 bits. */
    public static Assembler withoutAvx512() {
        return new Assembler(false);
    }

    /** Masks the next vector instruction: elements whose bit in {@code k} is 0 keep what the destination holds. */
    public Assembler masked(Mask k) {
        return mask(k, false);
    }

    /** Masks the next vector instruction: elements whose bit in {@code k} is 0 become 0. */
    public Assembler zeroing(Mask k) {
        return mask(k, true);
    }

    private Assembler mask(Mask k, boolean zero) {
        if (k.index() == 0) {
            throw new IllegalArgumentException("k0 cannot mask an instruction");
        }
        mask = k;
        zeroing = zero;
        return this;
    }

    /** An instruction of two operands; a store has the memory first. VEX where it can say it, else EVEX: as below. */
    public void emit(Instruction instruction, Operand destination, Operand source) {
        emit(instruction, false, 0, destination, source);
    }

    /** An instruction of three operands. */
    public void emit(Instruction instruction, Operand destination, Operand a, Operand b) {
        emit(instruction, false, 0, destination, a, b);
    }

    /** An instruction of four registers: the last selects. */
    public void emit(Instruction instruction, Operand destination, Operand a, Operand b, Operand selector) {
        emit(instruction, false, 0, destination, a, b, selector);
    }

    /** An instruction of two operands and a byte, -128 to 255. */
    public void emit(Instruction instruction, Operand destination, Operand source, int imm8) {
        emit(instruction, true, imm8, destination, source);
    }

    /** An instruction of three operands and a byte, -128 to 255. */
    public void emit(Instruction instruction, Operand destination, Operand a, Operand b, int imm8) {
        emit(instruction, true, imm8, destination, a, b);
    }

    private void emit(Instruction instruction, boolean immediate, int imm8, Operand... operands) {
        Mask k = mask;
        boolean zero = zeroing;
        mask = null;
        zeroing = false;
        if (imm8 < -128 || imm8 > 255) {
            throw new IllegalArgumentException(instruction + ": an immediate byte is -128 to 255, not " + imm8);
        }
        for (Operand operand : operands) {
            checkLabel(operand);
        }
        for (Form form : Form.of(instruction)) {
            int length = form.match(operands, immediate, k, zero);
            if (length != 0) {
                if (!avx512 && form.needsAvx512(operands, length, k)) {
                    throw new IllegalArgumentException(
                            instruction + " with " + Arrays.toString(operands) + " needs AVX-512");
                }
                Encoding.write(code, form, length, operands, imm8, k, zero);
                return;
            }
        }
        throw new IllegalArgumentException("%s does not take %s%s%s%s, but %s"
                .formatted(
                        instruction,
                        Arrays.toString(operands),
                        immediate ? " and a byte" : "",
                        k == null ? "" : " masked by " + k,
                        zero ? ", zeroing" : "",
                        instruction.notation()));
    }

    public void vzeroupper() {
        put(0xC5, 0xF8, 0x77);
    }

    /** No-ops up to the next multiple of {@code bytes}, a power of two up to 4096. */
    public void align(int bytes) {
        code.align(bytes);
    }

    public Label label() {
        return new Label(code);
    }

    /**
     * The label stands for this place in the code.
     *
     * @throws IllegalStateException where it has a place already
     */
    public void bind(Label label) {
        code.check(label);
        if (label.isBound()) {
            throw new IllegalStateException(
                    "a label is bound twice, at offsets " + label.position() + " and " + code.size());
        }
        label.bind(code.size());
    }

    public void jump(Label target) {
        jump(target, 0xEB, 0xE9);
    }

    public void jump(Condition condition, Label target) {
        jump(target, 0x70 | condition.code(), 0x0F80 | condition.code());
    }

    /** 32-bit words behind the code, aligned to their size, up to 64 bytes; equal constants share their place. */
    public Mem constant(int... words) {
        return Mem.at(code.constant(words));
    }

    /** One word; without this method an int alone would become a float. */
    public Mem constant(int word) {
        return Mem.at(code.constant(word));
    }

    /** One word, to be broadcast. */
    public Mem constant(float value) {
        return constant(Float.floatToRawIntBits(value));
    }

    /**
     * The code so far, with the constants behind it; it runs anywhere that is aligned to 64 bytes.
     *
     * @throws IllegalStateException where a label is used and not bound
     */
    public byte[] finish() {
        return code.finish();
    }

    private void jump(Label target, int shortOpcode, int longOpcode) {
        code.check(target);
        int distance = target.position() - code.size() - 2;
        if (target.isBound() && distance >= -128) {
            put(shortOpcode, distance);
            return;
        }
        opcode(longOpcode);
        code.putDistance(target, 0, 0);
    }
}
