package dev.keiryo.kernel;

import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;
import dev.keiryo.tensor.IQ4_NL;

/** Panels of IQ4_NL. */
final class EmittedIQ4_NL extends PanelCode {
    private final Operand mask;
    private final Vec levels;

    EmittedIQ4_NL(Setting setting) {
        super(setting, 255);
        mask = repeated(0x0f0f0f0f);
        levels = table(IQ4_NL.levels(), signed() ? 0 : 128);
    }

    @Override
    void part(int part) {
        half(SCALE_0, 0);
        nibbles(2, mask);
        lookUp(levels);
    }
}
