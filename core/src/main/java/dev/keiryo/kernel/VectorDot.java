package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.kernel.DotInputs.Order;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * Products of a panel with few tokens, one after the other: {@code y[row] += Σ_c w[row, c]·x[c]} in the order of
 * {@link Kernels#matmul}. Whole numbers are multiplied in 16 bits, two columns of a row at a time.
 */
final class VectorDot {
    private static final int ROWS = Panels.ROWS;
    private static final int BLOCK = Activations.BLOCK;
    private static final int PARTS = PanelChunk.PARTS;
    private static final int PAIRS = PanelChunk.PAIRS;

    /** Blocks of 32 columns at a time: where a vector holds fewer rows than a panel, what comes next has stayed in the nearest cache. */
    private static final int STRETCH = 32;

    private final DotInputs inputs = new DotInputs();
    /** What {@link #read} has read, so that it does. */
    long read;

    /** For up to 8 blocks. */
    final PanelChunk chunk = new PanelChunk(1);
    /** {@code [column][row]}. */
    private final float[] weights = new float[PARTS * BLOCK * ROWS];
    /**
     * Sums of products in 16 bits, {@code [part][2][row][2]}, over the columns in the first and in the second halves of
     * pairs: of either run, or of the only one; where a run's do not fit, of their high bytes, with their signs, and of
     * their low ones.
     */
    final short[] halves = new short[STRETCH * 2 * 2 * ROWS];
    /** {@code [part][2][row]}. */
    final float[] scales = new float[STRETCH * 2 * ROWS];
    /** {@code [part][2][row]}. */
    final float[] offsets = new float[STRETCH * 2 * ROWS];
    /** {@link #halves} as one number for each run, {@code [part][2][row]}. */
    private final float[] dots = new float[STRETCH * 2 * ROWS];

    /** To be called before {@link #multiply}. */
    void prepare(@Nullable PanelQuants format, Activations x) {
        inputs.fill(x, format == null ? Order.PLAIN : format.order);
    }

    /**
     * Adds what the panel at {@code panel} gives with all tokens.
     *
     * @param x as prepared
     * @param sums {@code [token][row]}
     */
    void multiply(Panels w, @Nullable PanelQuants format, MemorySegment data, long panel, Activations x, float[] sums) {
        if (format == null || x.form().kind() != Kind.INT8) {
            floats(w, format, data, panel, x, sums);
            return;
        }
        for (int t = 0; t < x.tokens(); t++) {
            for (int b = 0; b < x.blocks(); b += STRETCH) {
                int parts = Math.min(STRETCH, x.blocks() - b);
                format.dot(data, w.block(panel, b), parts, inputs, inputs.at(t, b), this, sums, t * ROWS);
            }
        }
    }

    /**
     * Reads memory in order, once, into the nearest cache: the processor fetches ahead what is read that way, but not what
     * the products of a large block read, here and there.
     */
    void read(MemorySegment w, long at, long bytes) {
        long all = 0;
        int lines = (int) (bytes / 64);
        for (int i = 0; i < lines; i++) {
            all ^= w.get(Lanes.I64, at + 64L * i);
        }
        read ^= all;
    }

    private void floats(
            Panels w, @Nullable PanelQuants format, MemorySegment data, long panel, Activations x, float[] sums) {
        for (int b = 0; b < x.blocks(); b += PARTS) {
            int parts = Math.min(PARTS, x.blocks() - b);
            long at = w.block(panel, b);
            if (format == null) {
                VectorFloats.unpack(w.type(), data, at, parts * BLOCK, weights, 0, ROWS);
            } else {
                Form own = Form.quantized(w.type());
                format.scales(data, at, parts, chunk, 0);
                format.quants(data, at, parts, chunk, 0);
                chunk.weights(parts, own.run(), own.offset(), weights);
            }
            for (int t = 0; t < x.tokens(); t++) {
                floats(weights, parts, inputs.numbers, inputs.at(t, b) * BLOCK, sums, t * ROWS);
            }
        }
    }

    /** {@link PanelQuants#dot} of a format that is unpacked first. */
    void unpacked(PanelQuants format, MemorySegment w, long at, int parts, DotInputs x, int block, float[] y, int to) {
        for (int p = 0; p < parts; p += PARTS) {
            int n = Math.min(PARTS, parts - p);
            long from = at + format.bytes(p);
            format.scales(w, from, n, chunk, 0);
            format.quants(w, from, n, chunk, 0);
            if (format.wide) {
                wide(chunk.pairs, n, x.pairs, 16 * (block + p), halves);
            } else {
                narrow(chunk.pairs, n, format.runs, x.pairs, 16 * (block + p), halves);
            }
            add(format, n, chunk.scales, chunk.offsets, x, block + p, y, to);
        }
    }

    /**
     * Adds {@link #halves}.
     *
     * @param factors scales, {@code [part][2][row]}
     * @param starts offsets, likewise
     * @param from the token's first block
     */
    void add(PanelQuants format, int parts, float[] factors, float[] starts, DotInputs x, int from, float[] y, int at) {
        if (format.wide) {
            joinBytes(parts);
        } else {
            join(parts, format.runs);
        }
        if (format.runs == 1 && !format.offset) {
            scale(factors, parts, x.d, from, y, at);
        } else if (format.runs == 1) {
            scale(factors, starts, parts, x, from, y, at);
        } else if (!format.offset) {
            scaleRuns(factors, parts, x.d, from, y, at);
        } else {
            scaleRuns(factors, starts, parts, x, from, y, at);
        }
    }

    private static void narrow(short[] w, int parts, int runs, int[] x, int xAt, short[] out) {
        int fours = 8 / runs;
        for (int p = 0; p < parts; p++) {
            for (int run = 0; run < runs; run++) {
                int wFrom = 2 * (p * PAIRS + run * 2 * fours) * ROWS;
                int xFrom = xAt + 16 * p + run * fours;
                for (int r = 0; r < 2 * ROWS; r += 2 * LANES) {
                    ShortVector first = ShortVector.zero(Lanes.S);
                    ShortVector second = ShortVector.zero(Lanes.S);
                    for (int j = 0; j < fours; j++) {
                        first = ShortVector.fromArray(Lanes.S, w, wFrom + 4 * j * ROWS + r)
                                .mul(IntVector.broadcast(Lanes.I, x[xFrom + j]).reinterpretAsShorts())
                                .add(first);
                        second = ShortVector.fromArray(Lanes.S, w, wFrom + (4 * j + 2) * ROWS + r)
                                .mul(IntVector.broadcast(Lanes.I, x[xFrom + 8 + j])
                                        .reinterpretAsShorts())
                                .add(second);
                    }
                    first.add(second).intoArray(out, (2 * p + run) * 2 * ROWS + r);
                }
            }
        }
    }

    /** Of products of which two fit in 16 bits. */
    private static void wide(short[] w, int parts, int[] x, int xAt, short[] out) {
        for (int p = 0; p < parts; p++) {
            int xFrom = xAt + 16 * p;
            for (int r = 0; r < 2 * ROWS; r += 2 * LANES) {
                ShortVector high = ShortVector.zero(Lanes.S);
                ShortVector low = ShortVector.zero(Lanes.S);
                for (int j = 0; j < 8; j++) {
                    int wFrom = 2 * (p * PAIRS + 2 * j) * ROWS + r;
                    ShortVector second = ShortVector.fromArray(Lanes.S, w, wFrom + 2 * ROWS)
                            .mul(IntVector.broadcast(Lanes.I, x[xFrom + 8 + j]).reinterpretAsShorts());
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

    private void scale(float[] scales, int parts, float[] d, int from, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                int run = 2 * p * ROWS + r;
                sum = FloatVector.fromArray(Lanes.F, dots, run)
                        .mul(FloatVector.fromArray(Lanes.F, scales, run))
                        .fma(FloatVector.broadcast(Lanes.F, d[from + p]), sum);
            }
            sum.intoArray(y, at + r);
        }
    }

    private void scale(float[] scales, float[] offsets, int parts, DotInputs x, int from, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                int run = 2 * p * ROWS + r;
                sum = FloatVector.fromArray(Lanes.F, dots, run)
                        .mul(FloatVector.fromArray(Lanes.F, scales, run))
                        .fma(FloatVector.broadcast(Lanes.F, x.d[from + p]), sum);
                sum = IntVector.broadcast(Lanes.I, x.low[from + p])
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(Lanes.F, offsets, run), sum);
            }
            sum.intoArray(y, at + r);
        }
    }

    private void scaleRuns(float[] scales, int parts, float[] d, int from, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                int run = 2 * p * ROWS + r;
                FloatVector first =
                        FloatVector.fromArray(Lanes.F, dots, run).mul(FloatVector.fromArray(Lanes.F, scales, run));
                sum = FloatVector.fromArray(Lanes.F, dots, run + ROWS)
                        .fma(FloatVector.fromArray(Lanes.F, scales, run + ROWS), first)
                        .fma(FloatVector.broadcast(Lanes.F, d[from + p]), sum);
            }
            sum.intoArray(y, at + r);
        }
    }

    private void scaleRuns(float[] scales, float[] offsets, int parts, DotInputs x, int from, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                int run = 2 * p * ROWS + r;
                FloatVector first =
                        FloatVector.fromArray(Lanes.F, dots, run).mul(FloatVector.fromArray(Lanes.F, scales, run));
                sum = FloatVector.fromArray(Lanes.F, dots, run + ROWS)
                        .fma(FloatVector.fromArray(Lanes.F, scales, run + ROWS), first)
                        .fma(FloatVector.broadcast(Lanes.F, x.d[from + p]), sum);
                sum = IntVector.broadcast(Lanes.I, x.low[from + p])
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(Lanes.F, offsets, run), sum);
                sum = IntVector.broadcast(Lanes.I, x.high[from + p])
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
     */
    private static void floats(float[] w, int parts, float[] x, int xAt, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector total = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                FloatVector sum = FloatVector.zero(Lanes.F);
                for (int c = 0; c < BLOCK; c++) {
                    sum = FloatVector.fromArray(Lanes.F, w, (p * BLOCK + c) * ROWS + r)
                            .fma(FloatVector.broadcast(Lanes.F, x[xAt + p * BLOCK + c]), sum);
                }
                total = total.add(sum);
            }
            total.intoArray(y, at + r);
        }
    }
}
