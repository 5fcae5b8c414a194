package dev.keiryo.kernel;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.IQ4_NL;
import dev.keiryo.tensor.TensorType;

/** Panels of IQ4_NL. */
final class VectorIQ4_NL extends PanelQuants {
    static final NibbleTable LEVELS = new NibbleTable(IQ4_NL.levels());

    private static final int BLOCK = 18 * ROWS;

    VectorIQ4_NL() {
        super(TensorType.IQ4_NL, true, Order.CENTERED, true);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at, BLOCK, parts, out.scales, row, out.run(1, 0));
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        LEVELS.look(at + 2 * ROWS, BLOCK, parts, out, row);
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        for (int p = 0; p < parts; p += NibbleTable.PAIR) {
            int some = Math.min(NibbleTable.PAIR, parts - p);
            long from = at + bytes(p);
            scales(from, some, memory.chunk, 0);
            LEVELS.dot(from + 2 * ROWS, 2 * BLOCK, BLOCK, some, memory.chunk.scales, inputs, block + p, y, to);
        }
    }
}
