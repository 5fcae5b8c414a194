package dev.keiryo.kernel;

import dev.keiryo.assembler.Operand;

/** Panels of Q5_1. */
final class EmittedQ5_1 extends PanelCode {
    private final Operand mask;
    private final Operand fifth;

    EmittedQ5_1(Setting setting) {
        super(setting, 31);
        mask = repeated(0x0f0f0f0f);
        fifth = EmittedQ5_0.fifthBits(this);
    }

    @Override
    void part(int part) {
        half(SCALE_0, 0);
        half(OFFSET_0, 2);
        nibbles(8, mask);
        EmittedQ5_0.addFifthBits(this, 4, fifth);
    }
}
