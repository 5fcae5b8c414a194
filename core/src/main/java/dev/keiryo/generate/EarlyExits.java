package dev.keiryo.generate;

import dev.keiryo.model.Block;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Sends the hidden states before some layers through the model's output head as well: a forward pass then gives
 * {@code [(1 + count) · outputs, vocab]}, the last layer's rows first, then those of each exit.
 */
final class EarlyExits implements UnaryOperator<Ops>, AutoCloseable {
    private final int[] layers;
    private final Tensor[] states;
    private Arena arena = Arena.ofShared();
    private Matrix stacked = Matrix.zeros(arena, 0, 0);

    /** @param layers ascending; l is the state before layer l, so 0 is the embedding */
    EarlyExits(int[] layers) {
        this.layers = layers;
        this.states = new Tensor[layers.length];
    }

    int count() {
        return layers.length;
    }

    @Override
    public Ops apply(Ops ops) {
        return new ForwardingOps(ops) {
            @Override
            public Tensor blocks(List<? extends Block> blocks, Tensor x) {
                Tensor y = x;
                int exit = 0;
                for (int i = 0; i < blocks.size(); i++) {
                    if (exit < layers.length && layers[exit] == i) {
                        states[exit++] = copy(inner(), inner().outputs(y));
                    }
                    y = inner().block(blocks.get(i), y);
                }
                return y;
            }

            @Override
            public Tensor outputs(Tensor x) {
                Matrix last = (Matrix) inner().outputs(x);
                reserve((1 + layers.length) * last.rows(), last.cols());
                put(last, 0);
                for (int i = 0; i < layers.length; i++) {
                    put((Matrix) states[i], (1 + i) * last.rows());
                }
                return stacked;
            }
        };
    }

    /** A layer may write over its input. */
    private static Tensor copy(Ops ops, Tensor x) {
        return ops.scale(x, 1);
    }

    private void reserve(int rows, int cols) {
        if (stacked.data().byteSize() < 4L * rows * cols) {
            arena.close();
            arena = Arena.ofShared();
            stacked = Matrix.zeros(arena, rows, cols);
        }
        stacked.set(stacked.data(), rows, cols);
    }

    private void put(Matrix from, int row) {
        MemorySegment.copy(from.data(), 0, stacked.data(), stacked.rowOffset(row), 4L * from.rows() * from.cols());
    }

    @Override
    public void close() {
        arena.close();
    }
}
