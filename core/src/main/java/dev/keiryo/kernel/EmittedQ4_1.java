package dev.keiryo.kernel;

import dev.keiryo.assembler.Operand;

/** Panels of Q4_1. */
final class EmittedQ4_1 extends PanelCode {
    private final Operand mask;

    EmittedQ4_1(Setting setting) {
        super(setting, 15);
        mask = repeated(0x0f0f0f0f);
    }

    @Override
    void part(int part) {
        half(SCALE_0, 0);
        half(OFFSET_0, 2);
        nibbles(4, mask);
    }
}
