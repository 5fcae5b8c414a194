package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Vec;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.NF4;
import org.jspecify.annotations.Nullable;

/** Panels of NF4: levels of whole numbers for int8 inputs, for float32 ones the values themselves. */
final class EmittedNF4 extends PanelCode {
    private final boolean exact;

    EmittedNF4(Kind kind) {
        this.exact = kind != Kind.INT8;
    }

    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x0f0f0f0f));
        if (exact) {
            float[] values = NF4.values();
            int[] words = new int[values.length];
            for (int i = 0; i < words.length; i++) {
                words[i] = Float.floatToRawIntBits(values[i]);
            }
            a.emit(VMOVDQU32, OWN_1, a.constant(words));
        } else {
            table(a, OWN_1, NF4.levels(), 128);
        }
    }

    @Override
    void part(Assembler a, int part) {
        half(a, SCALE_0, 0);
        nibbles(a, 2 + 16 * part, OWN_0);
        if (!exact) {
            a.emit(VMULPS, SCALE_0, SCALE_0, a.constant(1 / 127f).broadcast());
            lookUp(a, OWN_1);
        }
    }

    @Override
    @Nullable
    Vec values() {
        return exact ? OWN_1 : null;
    }
}
