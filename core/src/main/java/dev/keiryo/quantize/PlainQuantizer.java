package dev.keiryo.quantize;

import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/** Blocks that are one run: {@code w = d·t}, or {@code w = d·t + m}; d and m are float16. */
final class PlainQuantizer extends Quantizer {
    PlainQuantizer(TensorType type, Grid grid) {
        super(type, grid);
    }

    @Override
    void encodeLanes(MemorySegment out, long offset) {
        if (codec.hasOffset()) {
            search.scalesAndMinima(Double.NEGATIVE_INFINITY);
        } else {
            search.scales();
        }
        for (int l = 0; l < Lanes.COUNT; l++) {
            search.scale[l] = half(search.scale[l]);
            shift[l] = half(search.minimum[l]);
            inverse[l] = ScaleSearch.inverse(search.scale[l]);
        }
        lanes.codes(inverse, shift, quants);
        for (int l = 0; l < lanes.count; l++) {
            codes.d = search.scale[l];
            codes.m = -shift[l];
            System.arraycopy(quants, l * lanes.size, codes.quants, 0, lanes.size);
            pack(out, offset + (long) l * codec.type().blockBytes());
        }
    }
}
