package dev.keiryo.kernel;

import dev.keiryo.assembler.Operand;

/** Panels of Q4_0. */
final class EmittedQ4_0 extends PanelCode {
    private final Operand mask;

    EmittedQ4_0(Setting setting) {
        super(setting, 15);
        mask = repeated(0x0f0f0f0f);
    }

    @Override
    void part(int part) {
        half(SCALE_0, 0);
        nibbles(2, mask);
    }
}
