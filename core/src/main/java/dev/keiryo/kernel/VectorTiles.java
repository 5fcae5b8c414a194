package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products with many tokens: chunks of several panels become float32 once and are multiplied by several tiles.
 *
 * <p>Whole numbers are float32 too: a block's sum of products stays below 2^24 and so is exact in any order.
 */
final class VectorTiles {
    /** Panels at a time: what their chunks take stays in a core's own cache. */
    private static final int GROUP = 4;
    /** Rows of a group: from one column, or one token, to the next. */
    private static final int STRIDE = GROUP * Panels.ROWS;
    /** Tiles at a time. */
    private static final int TILES = 8;

    private static final int ROWS = Panels.ROWS;
    private static final int PARTS = PanelChunk.PARTS;
    private static final int BLOCK = Activations.BLOCK;
    private static final int TILE = Activations.TILE;

    /** {@code [column][STRIDE]}. */
    private final float[] weights = new float[PARTS * BLOCK * STRIDE];
    /** {@code [panel][part][2][row]}. */
    private final float[] scales = new float[GROUP * PARTS * 2 * ROWS];

    private final float[] offsets = new float[GROUP * PARTS * 2 * ROWS];
    private final TileInputs inputs = new TileInputs();
    /** Sums of a block, or of its first half, {@code [token][STRIDE]}. */
    private final float[] low = new float[TILE * STRIDE];
    /** Sums of a block's second half. */
    private final float[] high = new float[TILE * STRIDE];
    /** {@code [token][STRIDE]} of all tiles. */
    private final float[] sums = new float[TILES * TILE * STRIDE];

    /** As {@link Kernels#matmul}. */
    void multiply(
            Kernels kernels,
            Panels w,
            @Nullable Matrix bias,
            Activations x,
            Matrix y,
            int from,
            int to,
            Scratch scratch,
            PanelChunk chunk) {
        for (int group = from; group < to; group += GROUP) {
            int end = Math.min(to, group + GROUP);
            MemorySegment data = w.panels(group, end, kernels, scratch);
            for (int tile = 0; tile < x.tiles(); tile += TILES) {
                int last = Math.min(x.tiles(), tile + TILES);
                int first = x.first(tile);
                int tokens = x.first(last) - first;
                Arrays.fill(sums, 0, tokens * STRIDE, 0);
                for (int b = 0; b < x.blocks(); b += PARTS) {
                    int blocks = Math.min(PARTS, x.blocks() - b);
                    for (int p = 0; p < end - group; p++) {
                        unpack(w, data, w.offset(group) + p * w.panelBytes(), b, blocks, chunk, x.form(), p);
                    }
                    for (int i = tile; i < last; i++) {
                        inputs.fill(x, i, b, blocks);
                        multiply(x.form(), blocks, end - group, x.first(i + 1) - x.first(i), x.first(i) - first);
                    }
                }
                for (int t = 0; t < tokens; t++) {
                    for (int p = group; p < end; p++) {
                        VectorMatmul.store(sums, t * STRIDE + (p - group) * ROWS, bias, y, first + t, p);
                    }
                }
            }
        }
    }

    private void unpack(
            Panels w,
            MemorySegment data,
            long panel,
            int b,
            int blocks,
            PanelChunk chunk,
            Activations.Form form,
            int p) {
        if (form.kind() != Kind.INT8) {
            VectorMatmul.unpack(w, data, panel, b, blocks, chunk, weights, p * ROWS, STRIDE);
            return;
        }
        VectorMatmul.format(w.type()).unpack(data, w.block(panel, b), blocks, chunk);
        chunk.numbers(blocks, weights, p * ROWS, STRIDE);
        int n = chunk.scales.length;
        System.arraycopy(chunk.scales, 0, scales, p * n, n);
        if (form.offset()) {
            System.arraycopy(chunk.offsets, 0, offsets, p * n, n);
        }
    }

    /**
     * One chunk by one tile.
     *
     * @param at the tile's first token in {@link #sums}
     */
    private void multiply(Activations.Form form, int blocks, int panels, int tokens, int at) {
        int rows = panels * ROWS;
        for (int b = 0; b < blocks; b++) {
            int w = b * BLOCK * STRIDE;
            int x = b * TILE * BLOCK;
            if (form.kind() != Kind.INT8) {
                products(weights, w, inputs.numbers, x, BLOCK, tokens, rows, low);
                add(tokens, rows, at);
                continue;
            }
            boolean two = form.run() != BLOCK;
            products(weights, w, inputs.numbers, x, two ? BLOCK / 2 : BLOCK, tokens, rows, low);
            if (two) {
                products(weights, w + BLOCK / 2 * STRIDE, inputs.numbers, x + BLOCK / 2, BLOCK / 2, tokens, rows, high);
            }
            for (int p = 0; p < panels; p++) {
                for (int r = 0; r < ROWS; r += LANES) {
                    int run = p * PARTS * 2 * ROWS + PanelChunk.run(b, 0) + r;
                    int s = p * ROWS + r;
                    if (two) {
                        scaleRuns(b, run, tokens, s, at * STRIDE + s);
                    } else {
                        scale(b, run, tokens, s, at * STRIDE + s);
                    }
                    if (form.offset()) {
                        offset(inputs.low, b, run, tokens, at * STRIDE + s);
                    }
                    if (form.offset() && two) {
                        offset(inputs.high, b, run + ROWS, tokens, at * STRIDE + s);
                    }
                }
            }
        }
    }

    /**
     * {@code out[t, r] = Σ_c w[c, r]·x[t, c]} over {@code n} columns in their order. Four tokens and two vectors of rows
     * at a time: more tokens and rows may be computed than there are, of what the arrays happen to hold.
     */
    private static void products(float[] w, int wAt, float[] x, int xAt, int n, int tokens, int rows, float[] out) {
        for (int r = 0; r < rows; r += 2 * LANES) {
            for (int t = 0; t < tokens; t += 4) {
                fourTokens(w, wAt + r, x, xAt + t * BLOCK, n, out, t * STRIDE + r);
            }
        }
    }

    private static void fourTokens(float[] w, int wAt, float[] x, int xAt, int n, float[] out, int at) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector b2 = a0;
        FloatVector b3 = a0;
        for (int c = 0; c < n; c++) {
            FloatVector wa = FloatVector.fromArray(Lanes.F, w, wAt + c * STRIDE);
            FloatVector wb = FloatVector.fromArray(Lanes.F, w, wAt + c * STRIDE + LANES);
            FloatVector x0 = FloatVector.broadcast(Lanes.F, x[xAt + c]);
            FloatVector x1 = FloatVector.broadcast(Lanes.F, x[xAt + BLOCK + c]);
            FloatVector x2 = FloatVector.broadcast(Lanes.F, x[xAt + 2 * BLOCK + c]);
            FloatVector x3 = FloatVector.broadcast(Lanes.F, x[xAt + 3 * BLOCK + c]);
            a0 = wa.fma(x0, a0);
            b0 = wb.fma(x0, b0);
            a1 = wa.fma(x1, a1);
            b1 = wb.fma(x1, b1);
            a2 = wa.fma(x2, a2);
            b2 = wb.fma(x2, b2);
            a3 = wa.fma(x3, a3);
            b3 = wb.fma(x3, b3);
        }
        a0.intoArray(out, at);
        b0.intoArray(out, at + LANES);
        a1.intoArray(out, at + STRIDE);
        b1.intoArray(out, at + STRIDE + LANES);
        a2.intoArray(out, at + 2 * STRIDE);
        b2.intoArray(out, at + 2 * STRIDE + LANES);
        a3.intoArray(out, at + 3 * STRIDE);
        b3.intoArray(out, at + 3 * STRIDE + LANES);
    }

    private void add(int tokens, int rows, int at) {
        for (int t = 0; t < tokens; t++) {
            for (int r = 0; r < rows; r += LANES) {
                FloatVector.fromArray(Lanes.F, sums, (at + t) * STRIDE + r)
                        .add(FloatVector.fromArray(Lanes.F, low, t * STRIDE + r))
                        .intoArray(sums, (at + t) * STRIDE + r);
            }
        }
    }

    private void scale(int block, int run, int tokens, int from, int to) {
        FloatVector scale = FloatVector.fromArray(Lanes.F, scales, run);
        for (int t = 0; t < tokens; t++) {
            FloatVector.fromArray(Lanes.F, low, t * STRIDE + from)
                    .mul(scale)
                    .fma(
                            FloatVector.broadcast(Lanes.F, inputs.d[block * TILE + t]),
                            FloatVector.fromArray(Lanes.F, sums, t * STRIDE + to))
                    .intoArray(sums, t * STRIDE + to);
        }
    }

    private void scaleRuns(int block, int run, int tokens, int from, int to) {
        FloatVector scale0 = FloatVector.fromArray(Lanes.F, scales, run);
        FloatVector scale1 = FloatVector.fromArray(Lanes.F, scales, run + ROWS);
        for (int t = 0; t < tokens; t++) {
            FloatVector product =
                    FloatVector.fromArray(Lanes.F, low, t * STRIDE + from).mul(scale0);
            FloatVector.fromArray(Lanes.F, high, t * STRIDE + from)
                    .fma(scale1, product)
                    .fma(
                            FloatVector.broadcast(Lanes.F, inputs.d[block * TILE + t]),
                            FloatVector.fromArray(Lanes.F, sums, t * STRIDE + to))
                    .intoArray(sums, t * STRIDE + to);
        }
    }

    /** @param c c0 or c1 of a tile's blocks */
    private void offset(float[] c, int block, int run, int tokens, int to) {
        FloatVector offset = FloatVector.fromArray(Lanes.F, offsets, run);
        for (int t = 0; t < tokens; t++) {
            offset.fma(
                            FloatVector.broadcast(Lanes.F, c[block * TILE + t]),
                            FloatVector.fromArray(Lanes.F, sums, t * STRIDE + to))
                    .intoArray(sums, t * STRIDE + to);
        }
    }
}
