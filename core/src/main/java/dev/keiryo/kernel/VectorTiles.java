package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.kernel.Activations.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * Products of one chunk of several panels with a tile of many tokens.
 *
 * <p>Whole numbers are multiplied in 16 bits, two columns of a row at a time, where a run's sum fits; else as float32: a
 * block's sum of products stays below 2^24 and so is exact in any order.
 */
final class VectorTiles {
    private static final int ROWS = Panels.ROWS;
    private static final int PARTS = PanelChunk.PARTS;
    private static final int BLOCK = Activations.BLOCK;
    /** Tokens computed together. */
    private static final int FOUR = 4;
    /** Where second runs begin in {@link #dots}, in tokens. */
    private static final int SECOND = Activations.TILE + FOUR;

    private final PanelStretch stretch = new PanelStretch();
    private final PanelChunk chunk;
    /** Rows of all panels: from one column, or one token, to the next. */
    private final int stride;
    /** {@code [column][stride]}. */
    private final float[] weights;
    /** Sums over runs, of the columns in the first and of those in the second halves of pairs, {@code [2][token][stride][2]}. */
    private final short[] dots;
    /** Sums over blocks, {@code [token][stride]}. */
    private final float[] sums;

    /** @param panels at most this many at a time */
    VectorTiles(int panels) {
        chunk = new PanelChunk(panels);
        stride = panels * ROWS;
        weights = new float[PARTS * BLOCK * stride];
        dots = new short[2 * SECOND * 2 * stride];
        sums = new float[SECOND * stride];
    }

    /** Takes a panel's {@code parts} blocks of 32 columns from block {@code b} on as number {@code p}. */
    void unpack(Panels w, @Nullable PanelQuants format, MemorySegment data, long panel, int b, int parts, int p) {
        try {
            long at = stretch.address(w, data, panel, b, parts, false);
            if (format == null) {
                VectorFloats.unpack(w.type(), at, parts * BLOCK, weights, p * ROWS, stride);
            } else {
                format.scales(at, parts, chunk, p * ROWS);
                format.quants(at, parts, chunk, p * ROWS);
            }
        } finally {
            Reference.reachabilityFence(data);
        }
    }

    /** To be called when all panels have been unpacked. */
    void prepare(Panels w, @Nullable PanelQuants format, int parts, Form form) {
        if (format != null && form.kind() != Kind.INT8) {
            Form own = Form.quantized(w.type());
            chunk.weights(parts, own.run(), own.offset(), weights);
        } else if (format != null && format.wide) {
            chunk.numbers(parts, weights);
        }
    }

    /**
     * One chunk by one tile.
     *
     * @param x the tile's inputs for the chunk's columns
     * @param y {@code [token][stride]} from {@code at} on
     */
    void multiply(@Nullable PanelQuants format, Form form, TileInputs x, int tokens, int panels, float[] y, int at) {
        int rows = panels * ROWS;
        for (int p = 0; p < x.blocks(); p++) {
            if (format == null || form.kind() != Kind.INT8) {
                floats(p, x, tokens, rows);
                for (int t = 0; t < tokens; t++) {
                    add(t, rows, y, at + t * stride);
                }
            } else if (format.wide) {
                floats(p, x, tokens, rows);
                for (int t = 0; t < tokens; t++) {
                    scaleFloats(chunk.run(p, 0), x.d[p * tokens + t], t, rows, y, at + t * stride);
                }
            } else if (form.run() == BLOCK) {
                narrow(p, 0, 8, x, tokens, rows);
                for (int t = 0; t < tokens; t++) {
                    scale(chunk.run(p, 0), x.d[p * tokens + t], t, rows, y, at + t * stride);
                }
            } else {
                narrow(p, 0, 4, x, tokens, rows);
                narrow(p, 1, 4, x, tokens, rows);
                for (int t = 0; t < tokens; t++) {
                    scaleRuns(chunk.run(p, 0), x.d[p * tokens + t], t, rows, y, at + t * stride);
                }
            }
            if (form.offset()) {
                offsets(p, 0, x.low, tokens, rows, y, at);
            }
            if (form.offset() && form.run() != BLOCK) {
                offsets(p, 1, x.high, tokens, rows, y, at);
            }
        }
    }

    // Four tokens and two vectors of rows at a time: more tokens and rows may be computed than there are, of what the
    // arrays happen to hold.

    private void narrow(int part, int run, int fours, TileInputs x, int tokens, int rows) {
        int w = chunk.pair(part, run * 2 * fours, 0);
        for (int r = 0; r < rows; r += 2 * LANES) {
            for (int t = 0; t < tokens; t += FOUR) {
                int to = 2 * ((run * SECOND + t) * stride + r);
                narrow(
                        chunk.pairs,
                        w + 2 * r,
                        2 * stride,
                        fours,
                        x.pairs,
                        x.pair(part, t) + run * fours,
                        x.odd(),
                        dots,
                        to);
            }
        }
    }

    /** {@code out[t, r] = Σ_c w[c, r]·x[t, c]} over {@code 4·fours} columns, r being a row and a half of pairs. */
    private static void narrow(
            short[] w, int wAt, int stride, int fours, int[] x, int xAt, int odd, short[] out, int at) {
        ShortVector a0 = ShortVector.zero(Lanes.S);
        ShortVector a1 = ShortVector.zero(Lanes.S);
        ShortVector a2 = ShortVector.zero(Lanes.S);
        ShortVector a3 = ShortVector.zero(Lanes.S);
        ShortVector b0 = ShortVector.zero(Lanes.S);
        ShortVector b1 = ShortVector.zero(Lanes.S);
        ShortVector b2 = ShortVector.zero(Lanes.S);
        ShortVector b3 = ShortVector.zero(Lanes.S);
        for (int i = 0; i < fours; i++) {
            int c = xAt + i;
            int line = wAt + 2 * i * stride;
            ShortVector wa = ShortVector.fromArray(Lanes.S, w, line);
            ShortVector wb = ShortVector.fromArray(Lanes.S, w, line + 2 * LANES);
            ShortVector x0 = IntVector.broadcast(Lanes.I, x[c + 0]).reinterpretAsShorts();
            a0 = a0.add(wa.mul(x0));
            b0 = b0.add(wb.mul(x0));
            ShortVector x1 = IntVector.broadcast(Lanes.I, x[c + 8]).reinterpretAsShorts();
            a1 = a1.add(wa.mul(x1));
            b1 = b1.add(wb.mul(x1));
            ShortVector x2 = IntVector.broadcast(Lanes.I, x[c + 16]).reinterpretAsShorts();
            a2 = a2.add(wa.mul(x2));
            b2 = b2.add(wb.mul(x2));
            ShortVector x3 = IntVector.broadcast(Lanes.I, x[c + 24]).reinterpretAsShorts();
            a3 = a3.add(wa.mul(x3));
            b3 = b3.add(wb.mul(x3));
            c += odd;
            wa = ShortVector.fromArray(Lanes.S, w, line + stride);
            wb = ShortVector.fromArray(Lanes.S, w, line + stride + 2 * LANES);
            x0 = IntVector.broadcast(Lanes.I, x[c + 0]).reinterpretAsShorts();
            a0 = a0.add(wa.mul(x0));
            b0 = b0.add(wb.mul(x0));
            x1 = IntVector.broadcast(Lanes.I, x[c + 8]).reinterpretAsShorts();
            a1 = a1.add(wa.mul(x1));
            b1 = b1.add(wb.mul(x1));
            x2 = IntVector.broadcast(Lanes.I, x[c + 16]).reinterpretAsShorts();
            a2 = a2.add(wa.mul(x2));
            b2 = b2.add(wb.mul(x2));
            x3 = IntVector.broadcast(Lanes.I, x[c + 24]).reinterpretAsShorts();
            a3 = a3.add(wa.mul(x3));
            b3 = b3.add(wb.mul(x3));
        }
        a0.intoArray(out, at);
        b0.intoArray(out, at + 2 * LANES);
        a1.intoArray(out, at + stride);
        b1.intoArray(out, at + stride + 2 * LANES);
        a2.intoArray(out, at + 2 * stride);
        b2.intoArray(out, at + 2 * stride + 2 * LANES);
        a3.intoArray(out, at + 3 * stride);
        b3.intoArray(out, at + 3 * stride + 2 * LANES);
    }

    private void floats(int part, TileInputs x, int tokens, int rows) {
        int w = part * BLOCK * stride;
        for (int r = 0; r < rows; r += 2 * LANES) {
            for (int t = 0; t < tokens; t += FOUR) {
                floats(weights, w + r, stride, x.numbers, (part * tokens + t) * BLOCK, sums, t * stride + r);
            }
        }
    }

    /** {@code out[t, r] = Σ_c w[c, r]·x[t, c]} over 32 columns in their order. */
    private static void floats(float[] w, int wAt, int stride, float[] x, int xAt, float[] out, int at) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = FloatVector.zero(Lanes.F);
        FloatVector a2 = FloatVector.zero(Lanes.F);
        FloatVector a3 = FloatVector.zero(Lanes.F);
        FloatVector b0 = FloatVector.zero(Lanes.F);
        FloatVector b1 = FloatVector.zero(Lanes.F);
        FloatVector b2 = FloatVector.zero(Lanes.F);
        FloatVector b3 = FloatVector.zero(Lanes.F);
        for (int i = 0; i < BLOCK; i++) {
            int c = xAt + i;
            FloatVector wa = FloatVector.fromArray(Lanes.F, w, wAt + i * stride);
            FloatVector wb = FloatVector.fromArray(Lanes.F, w, wAt + i * stride + LANES);
            FloatVector x0 = FloatVector.broadcast(Lanes.F, x[c]);
            a0 = wa.fma(x0, a0);
            b0 = wb.fma(x0, b0);
            FloatVector x1 = FloatVector.broadcast(Lanes.F, x[c + BLOCK]);
            a1 = wa.fma(x1, a1);
            b1 = wb.fma(x1, b1);
            FloatVector x2 = FloatVector.broadcast(Lanes.F, x[c + 2 * BLOCK]);
            a2 = wa.fma(x2, a2);
            b2 = wb.fma(x2, b2);
            FloatVector x3 = FloatVector.broadcast(Lanes.F, x[c + 3 * BLOCK]);
            a3 = wa.fma(x3, a3);
            b3 = wb.fma(x3, b3);
        }
        a0.intoArray(out, at);
        b0.intoArray(out, at + LANES);
        a1.intoArray(out, at + stride);
        b1.intoArray(out, at + stride + LANES);
        a2.intoArray(out, at + 2 * stride);
        b2.intoArray(out, at + 2 * stride + LANES);
        a3.intoArray(out, at + 3 * stride);
        b3.intoArray(out, at + 3 * stride + LANES);
    }

    // What one token's sums over a block add to y.

    private void add(int t, int rows, float[] y, int at) {
        for (int r = 0; r < rows; r += LANES) {
            FloatVector.fromArray(Lanes.F, y, at + r)
                    .add(FloatVector.fromArray(Lanes.F, sums, t * stride + r))
                    .intoArray(y, at + r);
        }
    }

    private void scaleFloats(int run, float d, int t, int rows, float[] y, int at) {
        for (int r = 0; r < rows; r += LANES) {
            FloatVector.fromArray(Lanes.F, sums, t * stride + r)
                    .mul(FloatVector.fromArray(Lanes.F, chunk.scales, run + r))
                    .fma(FloatVector.broadcast(Lanes.F, d), FloatVector.fromArray(Lanes.F, y, at + r))
                    .intoArray(y, at + r);
        }
    }

    private void scale(int run, float d, int t, int rows, float[] y, int at) {
        for (int r = 0; r < rows; r += LANES) {
            IntVector both =
                    ShortVector.fromArray(Lanes.S, dots, 2 * (t * stride + r)).reinterpretAsInts();
            IntVector sum = both.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(both.lanewise(VectorOperators.ASHR, 16));
            ((FloatVector) sum.convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .mul(FloatVector.fromArray(Lanes.F, chunk.scales, run + r))
                    .fma(FloatVector.broadcast(Lanes.F, d), FloatVector.fromArray(Lanes.F, y, at + r))
                    .intoArray(y, at + r);
        }
    }

    private void scaleRuns(int run, float d, int t, int rows, float[] y, int at) {
        for (int r = 0; r < rows; r += LANES) {
            IntVector low =
                    ShortVector.fromArray(Lanes.S, dots, 2 * (t * stride + r)).reinterpretAsInts();
            low = low.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(low.lanewise(VectorOperators.ASHR, 16));
            IntVector high = ShortVector.fromArray(Lanes.S, dots, 2 * ((SECOND + t) * stride + r))
                    .reinterpretAsInts();
            high = high.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(high.lanewise(VectorOperators.ASHR, 16));
            FloatVector first = ((FloatVector) low.convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .mul(FloatVector.fromArray(Lanes.F, chunk.scales, run + r));
            ((FloatVector) high.convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .fma(FloatVector.fromArray(Lanes.F, chunk.scales, run + stride + r), first)
                    .fma(FloatVector.broadcast(Lanes.F, d), FloatVector.fromArray(Lanes.F, y, at + r))
                    .intoArray(y, at + r);
        }
    }

    /** @param c c0 or c1 of the tile's tokens */
    private void offsets(int part, int run, int[] c, int tokens, int rows, float[] y, int at) {
        for (int t = 0; t < tokens; t++) {
            offset(chunk.run(part, run), Float.intBitsToFloat(c[part * tokens + t]), rows, y, at + t * stride);
        }
    }

    private void offset(int run, float c, int rows, float[] y, int at) {
        for (int r = 0; r < rows; r += LANES) {
            FloatVector.fromArray(Lanes.F, chunk.offsets, run + r)
                    .fma(FloatVector.broadcast(Lanes.F, c), FloatVector.fromArray(Lanes.F, y, at + r))
                    .intoArray(y, at + r);
        }
    }
}
