package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.kernel.Activations.Kind;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * Products of one chunk of a panel with few tokens, one after the other: {@code y[row] += Σ_c w[row, c]·x[c]} in the order
 * of {@link Kernels#matmul}. Whole numbers are multiplied in 16 bits, two columns of a row at a time.
 */
final class VectorDot {
    private static final int ROWS = Panels.ROWS;
    private static final int BLOCK = Activations.BLOCK;
    private static final int PAIRS = PanelChunk.PAIRS;

    private final PanelChunk chunk = new PanelChunk(1);
    /** {@code [column][row]}. */
    private final float[] weights = new float[PanelChunk.PARTS * BLOCK * ROWS];
    /** What {@link PanelQuants#dots} leaves. */
    private final short[] halves = new short[PanelChunk.PARTS * 2 * 2 * ROWS];
    /** The same as one number for each run, {@code [part][2][row]}. */
    private final float[] dots = new float[PanelChunk.PARTS * 2 * ROWS];

    /**
     * Adds what {@code parts} blocks of 32 columns from block {@code b} on of the panel at {@code panel} give with all
     * tokens.
     *
     * @param inputs all of x
     * @param sums {@code [token][row]}
     */
    void multiply(
            Panels w,
            @Nullable PanelQuants format,
            MemorySegment data,
            long panel,
            int b,
            int parts,
            Activations x,
            TileInputs inputs,
            float[] sums) {
        long at = w.block(panel, b);
        Form form = x.form();
        if (format != null && form.kind() == Kind.INT8) {
            for (int t = 0; t < x.tokens(); t++) {
                // First what reads memory in order.
                format.dots(data, at, parts, inputs, b, t, chunk, halves);
                if (t == 0) {
                    format.scales(data, at, parts, chunk, 0);
                }
                add(format, form, parts, inputs, b * x.tokens() + t, sums, t * ROWS);
            }
            return;
        }
        if (format == null) {
            VectorFloats.unpack(w.type(), data, at, parts * BLOCK, weights, 0, ROWS);
        } else {
            Form own = Form.quantized(w.type());
            format.scales(data, at, parts, chunk, 0);
            format.quants(data, at, parts, chunk, 0);
            chunk.weights(parts, own.run(), own.offset(), weights);
        }
        for (int t = 0; t < x.tokens(); t++) {
            floats(weights, parts, inputs.numbers, (b * x.tokens() + t) * BLOCK, x.tokens() * BLOCK, sums, t * ROWS);
        }
    }

    /** @param from the token's first block in {@link TileInputs#d} */
    private void add(PanelQuants format, Form form, int parts, TileInputs x, int from, float[] y, int at) {
        int runs = BLOCK / form.run();
        if (format.wide) {
            joinBytes(parts);
        } else {
            join(parts, runs);
        }
        if (runs == 1 && !form.offset()) {
            scale(chunk.scales, parts, x.d, from, x.tokens(), y, at);
        } else if (runs == 1) {
            scale(chunk.scales, chunk.offsets, parts, x, from, y, at);
        } else if (!form.offset()) {
            scaleRuns(chunk.scales, parts, x.d, from, x.tokens(), y, at);
        } else {
            scaleRuns(chunk.scales, chunk.offsets, parts, x, from, y, at);
        }
    }

    /** Sums of products that fit in 16 bits over a whole run, as {@link PanelQuants#dots} leaves them. */
    static void narrow(short[] w, int parts, int runs, TileInputs inputs, int block, int token, short[] out) {
        int[] x = inputs.pairs;
        int odd = inputs.odd();
        int fours = 8 / runs;
        for (int p = 0; p < parts; p++) {
            for (int run = 0; run < runs; run++) {
                int wFrom = 2 * (p * PAIRS + run * 2 * fours) * ROWS;
                int xFrom = inputs.pair(block + p, token) + run * fours;
                for (int r = 0; r < 2 * ROWS; r += 2 * LANES) {
                    ShortVector first = ShortVector.zero(Lanes.S);
                    ShortVector second = ShortVector.zero(Lanes.S);
                    for (int j = 0; j < fours; j++) {
                        first = ShortVector.fromArray(Lanes.S, w, wFrom + 4 * j * ROWS + r)
                                .mul(IntVector.broadcast(Lanes.I, x[xFrom + j]).reinterpretAsShorts())
                                .add(first);
                        second = ShortVector.fromArray(Lanes.S, w, wFrom + (4 * j + 2) * ROWS + r)
                                .mul(IntVector.broadcast(Lanes.I, x[xFrom + odd + j])
                                        .reinterpretAsShorts())
                                .add(second);
                    }
                    first.add(second).intoArray(out, (2 * p + run) * 2 * ROWS + r);
                }
            }
        }
    }

    /** Sums of products of which two fit in 16 bits, over parts, as {@link PanelQuants#dots} leaves them. */
    static void wide(short[] w, int parts, TileInputs inputs, int block, int token, short[] out) {
        int[] x = inputs.pairs;
        int odd = inputs.odd();
        for (int p = 0; p < parts; p++) {
            int xFrom = inputs.pair(block + p, token);
            for (int r = 0; r < 2 * ROWS; r += 2 * LANES) {
                ShortVector high = ShortVector.zero(Lanes.S);
                ShortVector low = ShortVector.zero(Lanes.S);
                for (int j = 0; j < 8; j++) {
                    int wFrom = 2 * (p * PAIRS + 2 * j) * ROWS + r;
                    ShortVector second = ShortVector.fromArray(Lanes.S, w, wFrom + 2 * ROWS)
                            .mul(IntVector.broadcast(Lanes.I, x[xFrom + odd + j])
                                    .reinterpretAsShorts());
                    ShortVector both = ShortVector.fromArray(Lanes.S, w, wFrom)
                            .mul(IntVector.broadcast(Lanes.I, x[xFrom + j]).reinterpretAsShorts())
                            .add(second);
                    high = both.lanewise(VectorOperators.ASHR, 8).add(high);
                    low = both.and((short) 255).add(low);
                }
                high.intoArray(out, 4 * p * ROWS + r);
                low.intoArray(out, (4 * p + 2) * ROWS + r);
            }
        }
    }

    /** {@link #dots} of {@link #halves}. */
    private void join(int parts, int runs) {
        for (int i = 0; i < 2 * parts; i += 3 - runs) {
            for (int r = i * ROWS; r < (i + 1) * ROWS; r += LANES) {
                IntVector both = ShortVector.fromArray(Lanes.S, halves, 2 * r).reinterpretAsInts();
                IntVector sum = both.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(both.lanewise(VectorOperators.ASHR, 16));
                ((FloatVector) sum.convertShape(VectorOperators.I2F, Lanes.F, 0)).intoArray(dots, r);
            }
        }
    }

    /** {@link #dots} of {@link #halves} that are high and low bytes. */
    private void joinBytes(int parts) {
        for (int i = 0; i < 2 * parts; i += 2) {
            for (int r = i * ROWS; r < (i + 1) * ROWS; r += LANES) {
                IntVector high = ShortVector.fromArray(Lanes.S, halves, 2 * r).reinterpretAsInts();
                IntVector low =
                        ShortVector.fromArray(Lanes.S, halves, 2 * (r + ROWS)).reinterpretAsInts();
                IntVector sum = high.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(high.lanewise(VectorOperators.ASHR, 16))
                        .lanewise(VectorOperators.LSHL, 8)
                        .add(low.and(0xffff))
                        .add(low.lanewise(VectorOperators.LSHR, 16));
                ((FloatVector) sum.convertShape(VectorOperators.I2F, Lanes.F, 0)).intoArray(dots, r);
            }
        }
    }

    // How scales and offsets come in.

    private void scale(float[] scales, int parts, float[] d, int from, int step, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                int run = 2 * p * ROWS + r;
                sum = FloatVector.fromArray(Lanes.F, dots, run)
                        .mul(FloatVector.fromArray(Lanes.F, scales, run))
                        .fma(FloatVector.broadcast(Lanes.F, d[from + p * step]), sum);
            }
            sum.intoArray(y, at + r);
        }
    }

    private void scale(float[] scales, float[] offsets, int parts, TileInputs x, int from, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                int run = 2 * p * ROWS + r;
                sum = FloatVector.fromArray(Lanes.F, dots, run)
                        .mul(FloatVector.fromArray(Lanes.F, scales, run))
                        .fma(FloatVector.broadcast(Lanes.F, x.d[from + p * x.tokens()]), sum);
                sum = IntVector.broadcast(Lanes.I, x.low[from + p * x.tokens()])
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(Lanes.F, offsets, run), sum);
            }
            sum.intoArray(y, at + r);
        }
    }

    private void scaleRuns(float[] scales, int parts, float[] d, int from, int step, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                int run = 2 * p * ROWS + r;
                FloatVector first =
                        FloatVector.fromArray(Lanes.F, dots, run).mul(FloatVector.fromArray(Lanes.F, scales, run));
                sum = FloatVector.fromArray(Lanes.F, dots, run + ROWS)
                        .fma(FloatVector.fromArray(Lanes.F, scales, run + ROWS), first)
                        .fma(FloatVector.broadcast(Lanes.F, d[from + p * step]), sum);
            }
            sum.intoArray(y, at + r);
        }
    }

    private void scaleRuns(float[] scales, float[] offsets, int parts, TileInputs x, int from, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                int run = 2 * p * ROWS + r;
                FloatVector first =
                        FloatVector.fromArray(Lanes.F, dots, run).mul(FloatVector.fromArray(Lanes.F, scales, run));
                sum = FloatVector.fromArray(Lanes.F, dots, run + ROWS)
                        .fma(FloatVector.fromArray(Lanes.F, scales, run + ROWS), first)
                        .fma(FloatVector.broadcast(Lanes.F, x.d[from + p * x.tokens()]), sum);
                sum = IntVector.broadcast(Lanes.I, x.low[from + p * x.tokens()])
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(Lanes.F, offsets, run), sum);
                sum = IntVector.broadcast(Lanes.I, x.high[from + p * x.tokens()])
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(Lanes.F, offsets, run + ROWS), sum);
            }
            sum.intoArray(y, at + r);
        }
    }

    /**
     * Floating-point inputs.
     *
     * @param w {@code [column][ROWS]}
     * @param x the token's numbers from {@code xAt} on, {@code step} from block to block
     */
    private static void floats(float[] w, int parts, float[] x, int xAt, int step, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector total = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                FloatVector sum = FloatVector.zero(Lanes.F);
                for (int c = 0; c < BLOCK; c++) {
                    sum = FloatVector.fromArray(Lanes.F, w, (p * BLOCK + c) * ROWS + r)
                            .fma(FloatVector.broadcast(Lanes.F, x[xAt + p * step + c]), sum);
                }
                total = total.add(sum);
            }
            total.intoArray(y, at + r);
        }
    }
}
