package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Mask;
import dev.keiryo.tensor.MXFP4;

/** Panels of MXFP4. */
final class EmittedMXFP4 extends PanelCode {
    private static final Mask SMALLEST = new Mask(1);
    private static final int LESS = 1;

    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x0f0f0f0f));
        table(a, OWN_1, MXFP4.levels(), 12);
    }

    @Override
    void part(Assembler a, int part) {
        // 2^(e-128): the exponent field e-1, but subnormal, 2^21 shifted, for the smallest two.
        a.emit(VPMOVZXBD, SCALE_0, field(0, 0));
        a.emit(VPBROADCASTD, SCALE_1, a.constant(1 << 21));
        a.emit(VPSLLVD, SCALE_1, SCALE_1, SCALE_0);
        a.emit(VPSUBD, SCALE_0, SCALE_0, a.constant(1).broadcast());
        a.emit(VPCMPD, SMALLEST, SCALE_0, a.constant(1).broadcast(), LESS);
        a.emit(VPSLLD, SCALE_0, SCALE_0, 23);
        a.masked(SMALLEST).emit(VMOVDQU32, SCALE_0, SCALE_1);
        nibbles(a, 1, OWN_0);
        lookUp(a, OWN_1);
    }
}
