package dev.keiryo.assembler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The bytes of the code, the places in it that wait for a label, and the constants that follow it. */
final class CodeBuffer {
    private static final int CACHE_LINE = 64;

    /** Four bytes at {@code position} become the distance from {@code end} to the label, plus what they hold already. */
    private record Fixup(int position, int end, Label label) {}

    private final List<Fixup> fixups = new ArrayList<>();
    private final Map<List<Integer>, Label> constants = new LinkedHashMap<>();
    private byte[] bytes = new byte[256];
    private int size;

    int size() {
        return size;
    }

    void put8(int value) {
        if (size == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * size);
        }
        bytes[size++] = (byte) value;
    }

    void put32(int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            put8(value >> shift);
        }
    }

    void put64(long value) {
        put32((int) value);
        put32((int) (value >> 32));
    }

    /** Four bytes for the distance to {@code label + displacement}, in an instruction that has {@code following} more bytes. */
    void putDistance(Label label, int displacement, int following) {
        fixups.add(new Fixup(size, size + 4 + following, label));
        put32(displacement);
    }

    void check(Label label) {
        if (label.owner() != this) {
            throw new IllegalArgumentException("the label belongs to another assembler");
        }
    }

    Label constant(int... words) {
        if (words.length == 0) {
            throw new IllegalArgumentException("a constant has at least one word");
        }
        return constants.computeIfAbsent(Arrays.stream(words).boxed().toList(), key -> new Label(this));
    }

    /** Multi-byte no-ops up to the next multiple of {@code alignment}. */
    void align(int alignment) {
        if (Integer.bitCount(alignment) != 1) {
            throw new IllegalArgumentException("an alignment is a power of two, not " + alignment);
        }
        int missing = -size & alignment - 1;
        while (missing > 0) {
            int length = Math.min(missing, 9);
            noOp(length);
            missing -= length;
        }
    }

    /** The forms that the processors' manuals recommend: {@code 0F 1F} with an ever longer memory operand. */
    private void noOp(int length) {
        if (length == 2 || length == 6 || length == 9) {
            put8(0x66);
            noOp(length - 1);
        } else if (length == 1) {
            put8(0x90);
        } else {
            put8(0x0F);
            put8(0x1F);
            put8(length == 3 ? 0x00 : length == 4 ? 0x40 : length == 5 ? 0x44 : length == 7 ? 0x80 : 0x84);
            for (int written = 3; written < length; written++) {
                put8(0);
            }
        }
    }

    /** The code with its constants behind it, largest alignment kept, and every label resolved. */
    byte[] finish() {
        int end = size;
        constants.forEach((words, label) -> {
            int alignment = Math.min(CACHE_LINE, Integer.highestOneBit(8 * words.size() - 1));
            while ((size & alignment - 1) != 0) {
                put8(0);
            }
            label.bind(size);
            words.forEach(this::put32);
        });
        byte[] code = Arrays.copyOf(bytes, size);
        size = end;
        for (Fixup fixup : fixups) {
            if (!fixup.label.isBound()) {
                throw new IllegalStateException("a label is used at offset " + fixup.position + " but never bound");
            }
            int value = fixup.label.position() - fixup.end;
            for (int i = 0; i < 4; i++) {
                value += (code[fixup.position + i] & 0xFF) << (8 * i);
            }
            for (int i = 0; i < 4; i++) {
                code[fixup.position + i] = (byte) (value >> (8 * i));
            }
        }
        return code;
    }
}
