package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;

/** A tile's inputs over one chunk of columns, as float32. */
final class TileInputs {
    private static final int BLOCK = Activations.BLOCK;
    private static final int TILE = Activations.TILE;

    /** {@code [block][TILE][32]}. */
    final float[] numbers = new float[PanelChunk.PARTS * TILE * BLOCK];
    /** d of int8 inputs, {@code [block][TILE]}. */
    final float[] d = new float[PanelChunk.PARTS * TILE];
    /** c0, where weights have offsets, {@code [block][TILE]}. */
    final float[] low = new float[PanelChunk.PARTS * TILE];
    /** c1, where weights have offsets, {@code [block][TILE]}. */
    final float[] high = new float[PanelChunk.PARTS * TILE];

    /** Takes {@code blocks} blocks of {@code tile}, from block {@code b} on. */
    void fill(Activations x, int tile, int b, int blocks) {
        int tokens = x.first(tile + 1) - x.first(tile);
        int bytes = tokens * x.form().kind().blockBytes();
        long at = x.offset(tile) + (long) b * bytes;
        for (int i = 0; i < blocks; i++) {
            int to = i * TILE * BLOCK;
            switch (x.form().kind()) {
                case FLOAT32 -> MemorySegment.copy(x.data(), Matrix.F32, at, numbers, to, tokens * BLOCK);
                case BFLOAT16 -> brains(x.data(), at, tokens * BLOCK, numbers, to);
                case INT8 -> {
                    quants(x.data(), at, tokens * BLOCK, numbers, to);
                    long extras = at + (long) tokens * BLOCK;
                    MemorySegment.copy(x.data(), Matrix.F32, extras, d, i * TILE, tokens);
                    MemorySegment.copy(x.data(), Matrix.F32, extras + 4L * tokens, low, i * TILE, tokens);
                    MemorySegment.copy(x.data(), Matrix.F32, extras + 8L * tokens, high, i * TILE, tokens);
                }
            }
            at += bytes;
        }
    }

    private static void quants(MemorySegment x, long at, int n, float[] out, int to) {
        for (int i = 0; i < n; i += LANES) {
            Lanes.toFloat(Lanes.signedBytes(x, at + i)).intoArray(out, to + i);
        }
    }

    private static void brains(MemorySegment x, long at, int n, float[] out, int to) {
        for (int i = 0; i < n; i += LANES) {
            Lanes.brains(x, at + 2L * i).intoArray(out, to + i);
        }
    }
}
