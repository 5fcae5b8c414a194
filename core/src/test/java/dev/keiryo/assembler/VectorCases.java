package dev.keiryo.assembler;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Every instruction, in every form and length, with operands drawn from a seed: what {@link Assembler} makes of it, and its text. */
final class VectorCases {
    /** One instruction as text in Intel's syntax and as bytes. */
    record Case(String text, byte[] bytes) {}

    private static final String[] SIZES = {"byte", "word", "dword", "qword", "xmmword", "ymmword", "zmmword"};

    private final Random random;
    private final List<Case> cases = new ArrayList<>();

    private VectorCases(long seed) {
        random = new Random(seed);
    }

    /** {@code rounds} cases for each form and length; the first few go through the kinds of operand one by one. */
    static List<Case> of(long seed, int rounds) {
        VectorCases made = new VectorCases(seed);
        for (Instruction instruction : Instruction.values()) {
            for (Form form : Form.of(instruction)) {
                for (int length = form.shortest(); length <= form.longest(); length *= 2) {
                    for (int round = 0; round < rounds; round++) {
                        made.add(instruction, form, length, round);
                    }
                }
            }
        }
        return made.cases;
    }

    private void add(Instruction instruction, Form form, int length, int round) {
        boolean evex = form.evex() && (length == 512 || !form.vex() || round % 2 == 1);
        boolean wantsMemory = round % 4 > 1;
        int count = form.kinds().length;
        Operand[] operands = new Operand[count];
        boolean memory = false;
        List<Integer> used = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Form.Kind kind = form.kinds()[i];
            boolean only = kind.register() == 'm';
            if (kind.memory() != 0 && (wantsMemory || only)) {
                operands[i] = memory(kind, length, evex, used);
                memory = true;
            } else {
                operands[i] = register(kind, length, evex ? 32 : round % 4 == 0 ? 8 : 16, used);
            }
        }
        boolean masked = form.masking() == Form.Masking.ALWAYS
                || (evex && form.masking() == Form.Masking.ALLOWED && random.nextInt(3) > 0);
        Mask mask = masked ? new Mask(1 + random.nextInt(7)) : null;
        boolean zeroing =
                masked && operands[0] instanceof Vec && form.masking() == Form.Masking.ALLOWED && random.nextBoolean();
        int immediate = form.immediate() ? random.nextInt(256) : -1;
        if (form.match(operands, form.immediate(), mask, zeroing) != length) {
            // The one ambiguity: a 128-bit source in memory of a conversion to half its width.
            if (instruction != Instruction.VCVTPD2PS && instruction != Instruction.VCVTNEPS2BF16) {
                throw new IllegalStateException(instruction + " is not generated");
            }
            return;
        }
        cases.add(new Case(
                text(instruction, form, length, operands, memory, mask, zeroing, immediate),
                bytes(instruction, operands, mask, zeroing, immediate)));
    }

    private static byte[] bytes(
            Instruction instruction, Operand[] operands, @Nullable Mask mask, boolean zeroing, int immediate) {
        Assembler a = new Assembler();
        if (mask != null) {
            a = zeroing ? a.zeroing(mask) : a.masked(mask);
        }
        switch (operands.length + (immediate >= 0 ? 10 : 0)) {
            case 2 -> a.emit(instruction, operands[0], operands[1]);
            case 3 -> a.emit(instruction, operands[0], operands[1], operands[2]);
            case 4 -> a.emit(instruction, operands[0], operands[1], operands[2], operands[3]);
            case 12 -> a.emit(instruction, operands[0], operands[1], immediate);
            default -> a.emit(instruction, operands[0], operands[1], operands[2], immediate);
        }
        return a.finish();
    }

    private Operand register(Form.Kind kind, int length, int count, List<Integer> used) {
        return switch (kind.register()) {
            case 'd', 'g' -> GeneralCases.REGISTERS.get(random.nextInt(16));
            case 'k' -> new Mask(random.nextInt(8));
            default -> new Vec(unused(count, used), kind.bits(length));
        };
    }

    /** Gathers want their registers to differ. */
    private int unused(int count, List<Integer> used) {
        int number = random.nextInt(count);
        while (used.contains(number)) {
            number = random.nextInt(count);
        }
        used.add(number);
        return number;
    }

    private Mem memory(Form.Kind kind, int length, boolean evex, List<Integer> used) {
        boolean broadcast = evex && kind.element() != 0 && random.nextBoolean();
        int size = broadcast ? kind.element() : kind.memoryBytes(length);
        int[] displacements = {
            0,
            0,
            1,
            size,
            -size,
            127 * size,
            -128 * size,
            128 * size,
            -129 * size,
            size / 2,
            3 * size / 2,
            127,
            -128,
            128,
            4096,
            0x12345678,
            -0x7FFFFFF0
        };
        Gp base = GeneralCases.REGISTERS.get(random.nextInt(16));
        Gp index = GeneralCases.REGISTERS.get(random.nextInt(16));
        int scale = 1 << random.nextInt(4);
        int displacement = displacements[random.nextInt(displacements.length)];
        if (kind.gather()) {
            return Mem.gather(base, new Vec(unused(evex ? 32 : 16, used), length), scale, displacement);
        }
        Mem mem = index == Gp.RSP || random.nextBoolean()
                ? Mem.at(base, displacement)
                : random.nextInt(8) == 0
                        ? new Mem(null, index, 4, displacement, false, null, null)
                        : Mem.at(base, index, scale, displacement);
        return broadcast ? mem.broadcast() : mem;
    }

    private static String text(
            Instruction instruction,
            Form form,
            int length,
            Operand[] operands,
            boolean memory,
            @Nullable Mask mask,
            boolean zeroing,
            int immediate) {
        // Without {load}, as would take a store between registers where that saves a byte.
        StringBuilder text =
                new StringBuilder(memory || form.immediate() ? "" : "{load} ").append(instruction.mnemonic());
        for (int i = 0; i < operands.length; i++) {
            Form.Kind kind = form.kinds()[i];
            text.append(i == 0 ? " " : ", ");
            text.append(
                    switch (operands[i]) {
                        case Gp gp ->
                            kind.register() == 'd' ? name32(gp) : gp.name().toLowerCase(Locale.ROOT);
                        case Mem mem -> memoryText(mem, kind.memoryBytes(length), kind.element());
                        case Vec vec -> vec.toString();
                        case Mask k -> k.toString();
                    });
            text.append(i == 0 && mask != null ? "{" + mask + "}" : "").append(i == 0 && zeroing ? "{z}" : "");
        }
        return text.append(immediate >= 0 ? ", " + immediate : "").toString();
    }

    static String memoryText(Mem mem, int bytes, int element) {
        int size = mem.broadcasts() ? element : bytes;
        String address = mem.toString().replace("{1toN}", "{1to" + bytes / Math.max(element, 1) + "}");
        return SIZES[Integer.numberOfTrailingZeros(size)] + " ptr " + address;
    }

    static String name32(Gp gp) {
        String name = gp.name().toLowerCase(Locale.ROOT);
        return gp.compareTo(Gp.R8) >= 0 ? name + "d" : "e" + name.substring(1);
    }
}
