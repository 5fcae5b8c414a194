package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.Simd.all;

import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;
import dev.keiryo.tensor.MXFP4;

/** Panels of MXFP4. */
final class EmittedMXFP4 extends PanelCode {
    /** Float32's. */
    private static final int MANTISSA_BITS = 23;

    private final Operand mask;
    private final Vec levels;

    EmittedMXFP4(Setting setting) {
        super(setting, 24);
        mask = repeated(0x0f0f0f0f);
        levels = table(MXFP4.levels(), 12);
    }

    @Override
    void part(int part) {
        // 2^(e-128): the exponent field e-1, but subnormal, 2^21 shifted by e, for the smallest two; the greater of
        // both.
        a.emit(VPMOVZXBD, SCALE_0, byteField(0));
        a.emit(VPMINUD, TEMPORARY, SCALE_0, all(a, 1));
        a.emit(VPBROADCASTD, SCALE_1, a.constant(1 << 21));
        a.emit(VPSLLVD, SCALE_1, SCALE_1, TEMPORARY);
        a.emit(VPSUBD, SCALE_0, SCALE_0, all(a, 1));
        a.emit(VPSLLD, SCALE_0, SCALE_0, MANTISSA_BITS);
        a.emit(VPMAXSD, SCALE_0, SCALE_0, SCALE_1);
        nibbles(1, mask);
        lookUp(levels);
    }
}
