package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.Simd.all;

import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;
import dev.keiryo.tensor.IQ4_NL;

/** Panels of IQ4_XS. */
final class EmittedIQ4_XS extends PanelCode {
    private final Operand mask;
    private final Vec levels;

    EmittedIQ4_XS(Setting setting) {
        super(setting, 255);
        mask = repeated(0x0f0f0f0f);
        levels = table(IQ4_NL.levels(), signed() ? 0 : 128);
    }

    @Override
    void part(int part) {
        // Runs are whole parts: the second run's register is free for d.
        half(SCALE_1, 0);
        number(SCALE_0, 4, 0, 4 * part, 4);
        a.emit(VPMOVZXWD, TEMPORARY, halfField(2));
        if (part < 2) {
            a.emit(VPSLLD, TEMPORARY, TEMPORARY, 4 - 2 * part);
        } else {
            a.emit(VPSRLD, TEMPORARY, TEMPORARY, 2 * part - 4);
        }
        Simd.orMasked(a, SCALE_0, TEMPORARY, all(a, 0x30));
        a.emit(VPSUBD, SCALE_0, SCALE_0, all(a, 32));
        scaled(SCALE_0, SCALE_1);
        nibbles(8 + 16 * part, mask);
        lookUp(levels);
    }
}
