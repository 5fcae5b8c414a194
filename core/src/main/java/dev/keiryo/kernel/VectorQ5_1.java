package dev.keiryo.kernel;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;

/** Panels of Q5_1. */
final class VectorQ5_1 extends PanelQuants {
    private static final int BLOCK = 24 * ROWS;

    VectorQ5_1() {
        super(TensorType.Q5_1, true, Order.BYTES, true);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at, BLOCK, parts, out.scales, row, out.run(1, 0));
        halves(at + 2 * ROWS, BLOCK, parts, out.offsets, row, out.run(1, 0));
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        VectorQ5_0.quants(at + 4 * ROWS, BLOCK, parts, 0, out, row);
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        VectorBlocks.fives(at, parts, true, inputs, block, y, to);
    }
}
