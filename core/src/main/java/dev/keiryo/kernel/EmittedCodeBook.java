package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Vec;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.CodeBook;
import org.jspecify.annotations.Nullable;

/** Panels of a code book's numbers: levels of whole numbers for int8 inputs, for float32 ones the values themselves. */
final class EmittedCodeBook extends PanelCode {
    private final CodeBook book;
    private final boolean exact;

    EmittedCodeBook(CodeBook book, Kind kind) {
        this.book = book;
        this.exact = kind != Kind.INT8;
    }

    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x0f0f0f0f));
        if (exact) {
            float[] values = book.numbers();
            int[] words = new int[values.length];
            for (int i = 0; i < words.length; i++) {
                words[i] = Float.floatToRawIntBits(values[i]);
            }
            a.emit(VMOVDQU32, OWN_1, a.constant(words));
        } else {
            table(a, OWN_1, book.levels(), CodeBook.ZERO);
        }
    }

    @Override
    void part(Assembler a, int part) {
        a.emit(VMOVUPS, SCALE_0, field(0, 0));
        nibbles(a, 4 + 16 * part, OWN_0);
        if (!exact) {
            a.emit(VMULPS, SCALE_0, SCALE_0, a.constant(1f / book.unit()).broadcast());
            lookUp(a, OWN_1);
        }
    }

    @Override
    @Nullable
    Vec values() {
        return exact ? OWN_1 : null;
    }
}
