package dev.keiryo.kernel;

import dev.keiryo.assembler.Operand;

/** Panels of Q5_K. */
final class EmittedQ5_K extends PanelCode {
    private final Operand mask;
    private final Operand fifth;

    EmittedQ5_K(Setting setting) {
        super(setting, 31);
        mask = repeated(0x0f0f0f0f);
        fifth = repeated(0x10101010);
    }

    @Override
    void part(int part) {
        EmittedQ4_K.scales(this, part);
        bits(48 + part / 2 * 32, part % 2 * 4, mask);
        moreBits(16, part - 4, fifth);
    }
}
