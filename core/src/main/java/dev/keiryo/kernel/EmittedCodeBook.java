package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.Simd.all;

import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.CodeBook;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Panels of a code book's numbers: levels of whole numbers for int8 inputs, for float32 ones the values themselves. */
final class EmittedCodeBook extends PanelCode {
    private final CodeBook book;
    private final Operand mask;
    /** Whole numbers, where inputs are. */
    private final @Nullable Vec levels;
    /** Float32, as many as there are lanes in a vector. */
    private final Operand[] values;

    EmittedCodeBook(Setting setting, CodeBook book) {
        super(setting, 255);
        this.book = book;
        mask = repeated(0x0f0f0f0f);
        levels = setting.kind() == Kind.INT8 ? table(book.levels(), signed() ? 0 : CodeBook.ZERO) : null;
        values = setting.kind() == Kind.INT8 ? new Operand[] {} : values();
    }

    private Operand[] values() {
        float[] numbers = book.numbers();
        int[] words = new int[numbers.length];
        Arrays.setAll(words, i -> Float.floatToRawIntBits(numbers[i]));
        if (Simd.WIDE) {
            Vec all = own();
            a.emit(VMOVDQU32, all, a.constant(words));
            return new Operand[] {all};
        }
        return new Operand[] {a.constant(Arrays.copyOf(words, 8)), a.constant(Arrays.copyOfRange(words, 8, 16))};
    }

    @Override
    void part(int part) {
        a.emit(VMOVUPS, SCALE_0, field(0, 0));
        nibbles(4 + 16 * part, mask);
        if (levels != null) {
            a.emit(VMULPS, SCALE_0, SCALE_0, all(a, 1f / book.unit()));
            lookUp(levels);
        }
    }

    @Override
    boolean decode(Vec numbers) {
        if (values.length == 0) {
            return false;
        }
        if (values.length == 1) {
            a.emit(VPERMPS, numbers, numbers, values[0]);
            return true;
        }
        // Of a number three bits count; the fourth, made the sign, selects.
        a.emit(VPERMPS, OFFSET_0, numbers, values[0]);
        a.emit(VPERMPS, OFFSET_1, numbers, values[1]);
        a.emit(VPSLLD, numbers, numbers, 28);
        a.emit(VBLENDVPS, numbers, OFFSET_0, OFFSET_1, numbers);
        return true;
    }
}
