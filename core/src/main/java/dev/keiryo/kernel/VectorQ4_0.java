package dev.keiryo.kernel;

import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;

/** Panels of Q4_0. */
final class VectorQ4_0 extends PanelQuants {
    private static final int BLOCK = 18 * ROWS;

    VectorQ4_0() {
        super(TensorType.Q4_0, false, Order.NIBBLES, true);
    }

    @Override
    void scales(long at, int parts, PanelChunk out, int row) {
        halves(at, BLOCK, parts, out.scales, row, out.run(1, 0));
    }

    @Override
    void quants(long at, int parts, PanelChunk out, int row) {
        nibbles(at + 2 * ROWS, BLOCK, parts, 8, out, row);
    }

    @Override
    void dot(long at, int parts, DotInputs inputs, int block, VectorDot memory, float[] y, int to) {
        VectorBlocks.nibbles(at, parts, false, inputs, block, y, to);
    }
}
