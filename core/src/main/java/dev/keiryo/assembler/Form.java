package dev.keiryo.assembler;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One encoding of a vector instruction, as {@link Instruction} writes it down.
 *
 * @param vex whether there is a VEX encoding
 * @param evex whether there is an EVEX encoding
 * @param prefix the two bits that stand for no prefix, 66, F3, F2
 * @param map the opcode map: 1 for 0F, 2 for 0F38, 3 for 0F3A
 * @param vexW the bit W of the VEX encoding
 * @param evexW the bit W of the EVEX encoding
 * @param extension what stands in the register field where no operand does, or -1
 * @param roles for each operand: R in the field reg, M in r/m, V in vvvv, S in the immediate
 * @param immediate whether an immediate byte follows
 * @param kinds what each operand may be
 * @param shortest the least vector length, in bits
 * @param longest the greatest vector length, in bits
 * @param masking whether the EVEX encoding takes a mask
 */
record Form(
        boolean vex,
        boolean evex,
        int prefix,
        int map,
        int vexW,
        int evexW,
        int opcode,
        int extension,
        String roles,
        boolean immediate,
        Kind[] kinds,
        int shortest,
        int longest,
        Masking masking) {

    private static final Map<Instruction, List<Form>> KNOWN = new ConcurrentHashMap<>();

    enum Masking {
        ALLOWED,
        NEVER,
        ALWAYS
    }

    /**
     * What an operand may be.
     *
     * @param register v, h, q, e: vector of the whole length, a half, a quarter, an eighth of it (128 bits at least); x, y: of
     *     128, of 256 bits; d, g: the lower half of a general register, the whole; k: a mask; m: none
     * @param memory in bytes, negative for that fraction of the vector length, 0 for none
     * @param element in bytes, where it can be broadcast; else 0
     * @param gather whether the memory is indexed by a vector
     */
    record Kind(char register, int memory, int element, boolean gather) {
        static Kind parse(String text, boolean addressable) {
            int star = text.indexOf('*');
            String head = star < 0 ? text : text.substring(0, star);
            char letter = Character.toLowerCase(head.charAt(0));
            int own = "vhqe".indexOf(letter);
            int memory = 0;
            if (addressable && !Character.isUpperCase(head.charAt(0))) {
                memory = head.equals("mv")
                        ? -1
                        : head.length() > 1
                                ? Integer.parseInt(head, 1, head.length(), 10)
                                : own >= 0 ? -(1 << own) : letter == 'x' ? 16 : letter == 'y' ? 32 : 0;
            }
            boolean gather = letter == 'i';
            return new Kind(
                    gather ? 'm' : letter,
                    memory,
                    star < 0 ? 0 : Integer.parseInt(text, star + 1, text.length(), 10),
                    gather);
        }

        /** The bits of this vector operand in an instruction of {@code length} bits, or 0. */
        int bits(int length) {
            return switch (register) {
                case 'v' -> length;
                case 'h' -> Math.max(128, length / 2);
                case 'q' -> Math.max(128, length / 4);
                case 'e' -> Math.max(128, length / 8);
                case 'x' -> 128;
                case 'y' -> 256;
                default -> 0;
            };
        }

        /** The bytes of this operand in memory, without broadcast, in an instruction of {@code length} bits. */
        int memoryBytes(int length) {
            return memory < 0 ? length / 8 / -memory : memory;
        }

        boolean accepts(Operand operand, int length) {
            return switch (operand) {
                case Vec vec -> bits(length) == vec.bits();
                case Gp gp -> register == 'd' || register == 'g';
                case Mask mask -> register == 'k';
                case Mem mem ->
                    memory != 0
                            && (!mem.broadcasts() || element != 0)
                            && (mem.vectorIndex() == null
                                    ? !gather
                                    : gather && mem.vectorIndex().bits() == length);
            };
        }
    }

    /** The encodings of an instruction, read from its notation when first wanted: a kernel needs few of them. */
    static List<Form> of(Instruction instruction) {
        return KNOWN.computeIfAbsent(
                instruction,
                key -> Arrays.stream(key.notation().split(", ", -1))
                        .map(Form::parse)
                        .toList());
    }

    /** Reads the notation that {@link Instruction} describes. */
    private static Form parse(String text) {
        String[] words = text.split(" ", -1);
        String[] encoding = words[0].split("[.]", -1);
        String w = encoding.length > 3 ? encoding[3] : "w0";
        int slash = words[1].indexOf('/');
        String roles = words[2].replace("I", "");
        Kind[] kinds = new Kind[roles.length()];
        boolean anyLength = false;
        for (int i = 0; i < kinds.length; i++) {
            kinds[i] = Kind.parse(words[3 + i], roles.charAt(i) == 'M');
            anyLength |= "vhqe".indexOf(kinds[i].register) >= 0 || kinds[i].memory < 0;
        }
        boolean evex = encoding[0].contains("E");
        int shortest = 128;
        int longest = !anyLength ? 128 : evex ? 512 : 256;
        Masking masking = Masking.ALLOWED;
        for (int i = 3 + kinds.length; i < words.length; i++) {
            switch (words[i]) {
                case "-k" -> masking = Masking.NEVER;
                case "+k" -> masking = Masking.ALWAYS;
                case ">=256" -> shortest = 256;
                case "=256" -> shortest = longest = 256;
                case "=512" -> shortest = longest = 512;
                default -> throw new IllegalArgumentException("unknown word in: " + text);
            }
        }
        return new Form(
                encoding[0].contains("V"),
                evex,
                switch (encoding[1]) {
                    case "66" -> 1;
                    case "f3" -> 2;
                    case "f2" -> 3;
                    default -> 0;
                },
                encoding[2].equals("0f38") ? 2 : encoding[2].equals("0f3a") ? 3 : 1,
                w.equals("w1") ? 1 : 0,
                w.equals("w0") ? 0 : 1,
                Integer.parseInt(words[1], 0, slash < 0 ? words[1].length() : slash, 16),
                slash < 0 ? -1 : words[1].charAt(slash + 1) - '0',
                roles,
                words[2].contains("I"),
                kinds,
                shortest,
                longest,
                masking);
    }

    /** The vector length in bits at which this form takes these operands, or 0 where it does not take them. */
    int match(Operand[] operands, boolean withImmediate, @Nullable Mask mask, boolean zeroing) {
        if (operands.length != kinds.length || withImmediate != immediate) {
            return 0;
        }
        int length = length(operands);
        if (length < shortest || length > longest) {
            return 0;
        }
        for (int i = 0; i < kinds.length; i++) {
            if (!kinds[i].accepts(operands[i], length)) {
                return 0;
            }
        }
        boolean zeroable = operands[0] instanceof Vec && masking != Masking.ALWAYS;
        boolean maskable =
                mask == null ? masking != Masking.ALWAYS : masking != Masking.NEVER && (zeroable || !zeroing);
        return maskable && (evex || !needsEvex(operands, length, mask)) ? length : 0;
    }

    /** Whether the operands can be written in EVEX alone, or no other encoding is there. */
    boolean needsEvex(Operand[] operands, int length, @Nullable Mask mask) {
        boolean needs = !vex || length == 512 || mask != null;
        for (Operand operand : operands) {
            needs |= operand instanceof Vec vec && vec.index() > 15;
            needs |= operand instanceof Mem mem
                    && (mem.broadcasts()
                            || (mem.vectorIndex() != null && mem.vectorIndex().index() > 15));
        }
        return needs;
    }

    /** Whether AVX2 does not have this: mask registers have instructions in VEX too. */
    boolean needsAvx512(Operand[] operands, int length, @Nullable Mask mask) {
        return needsEvex(operands, length, mask) || Arrays.stream(operands).anyMatch(Mask.class::isInstance);
    }

    /** From the operand of whole length if there is one, else from one of a part of it: the longest that it can mean in VEX. */
    private int length(Operand[] operands) {
        int length = 0;
        for (int i = 0; i < kinds.length; i++) {
            if (operands[i] instanceof Vec vec) {
                switch (kinds[i].register) {
                    case 'v' -> {
                        return vec.bits();
                    }
                    case 'h' -> length = 2 * vec.bits();
                    case 'q' -> length = 4 * vec.bits();
                    case 'e' -> length = 8 * vec.bits();
                    default -> {}
                }
            }
        }
        return length == 0 ? shortest : length;
    }
}
