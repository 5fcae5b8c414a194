package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
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
    private final PanelStretch stretch = new PanelStretch();

    /** For up to 8 blocks. */
    final PanelChunk chunk = new PanelChunk(1);
    /** Products of four blocks, {@code [part][2][row]}. */
    final float[] dots = new float[4 * 2 * ROWS];

    /** {@code [column][row]}. */
    private final float[] weights = new float[PARTS * BLOCK * ROWS];

    private final short[] halves = new short[PARTS * BLOCK * ROWS];

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
        try {
            if (format == null || x.form().kind() != Kind.INT8) {
                floats(w, format, data, panel, x, sums);
                return;
            }
            for (int b = 0; b < x.blocks(); b += STRETCH) {
                int parts = Math.min(STRETCH, x.blocks() - b);
                long at = stretch.address(w, data, panel, b, parts, !format.streamed);
                for (int t = 0; t < x.tokens(); t++) {
                    format.dot(at, parts, inputs, inputs.at(t, b), this, sums, t * ROWS);
                }
            }
        } finally {
            Reference.reachabilityFence(data);
        }
    }

    private void floats(
            Panels w, @Nullable PanelQuants format, MemorySegment data, long panel, Activations x, float[] sums) {
        for (int b = 0; b < x.blocks(); b += PARTS) {
            int parts = Math.min(PARTS, x.blocks() - b);
            long at = stretch.address(w, data, panel, b, parts, false);
            if (w.type() == TensorType.F16) {
                VectorFloats.halves(at, parts * BLOCK, halves, weights);
            } else if (format == null) {
                VectorFloats.unpack(w.type(), at, parts * BLOCK, weights, 0, ROWS);
            } else {
                Form own = Form.quantized(w.type());
                format.scales(at, parts, chunk, 0);
                format.quants(at, parts, chunk, 0);
                chunk.weights(parts, own.run(), own.offset(), weights);
            }
            for (int t = 0; t < x.tokens(); t++) {
                floats(weights, parts, inputs.numbers, inputs.at(t, b) * BLOCK, sums, t * ROWS);
            }
        }
    }

    /** {@link PanelQuants#dot} of a format that is unpacked first. */
    void unpacked(PanelQuants format, long at, int parts, DotInputs x, int block, float[] y, int to) {
        for (int p = 0; p < parts; p += PARTS) {
            int n = Math.min(PARTS, parts - p);
            long from = at + format.bytes(p);
            format.scales(from, n, chunk, 0);
            format.quants(from, n, chunk, 0);
            if (format.runs == 1) {
                blocks(chunk, n, format.offset, x, block + p, y, to);
            } else {
                runs(chunk, n, format.offset, x, block + p, y, to);
            }
        }
    }

    /** Quants of up to ±32, so that eight products fit in 16 bits; one scale for a block. */
    private static void blocks(PanelChunk w, int parts, boolean offset, DotInputs x, int block, float[] y, int to) {
        short[] pairs = w.pairs;
        int[] inputs = x.pairs;
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            for (int p = 0; p < parts; p++) {
                int from = 2 * (p * PAIRS * ROWS + r);
                int i = 16 * (block + p);
                ShortVector first = ShortVector.zero(Lanes.S);
                ShortVector second = ShortVector.zero(Lanes.S);
                for (int j = 0; j < 8; j++) {
                    first = ShortVector.fromArray(Lanes.S, pairs, from + 4 * ROWS * j)
                            .mul(IntVector.broadcast(Lanes.I, inputs[i + j]).reinterpretAsShorts())
                            .add(first);
                    second = ShortVector.fromArray(Lanes.S, pairs, from + 4 * ROWS * j + 2 * ROWS)
                            .mul(IntVector.broadcast(Lanes.I, inputs[i + j + 8]).reinterpretAsShorts())
                            .add(second);
                }
                IntVector a = first.reinterpretAsInts();
                IntVector b = second.reinterpretAsInts();
                IntVector dot = a.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(a.lanewise(VectorOperators.ASHR, 16))
                        .add(b.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(b.lanewise(VectorOperators.ASHR, 16));
                int scale = 2 * p * ROWS + r;
                sum = ((FloatVector) dot.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .mul(FloatVector.fromArray(Lanes.F, w.scales, scale))
                        .fma(FloatVector.broadcast(Lanes.F, x.d[block + p]), sum);
                if (offset) {
                    sum = IntVector.broadcast(Lanes.I, x.low[block + p])
                            .reinterpretAsFloats()
                            .fma(FloatVector.fromArray(Lanes.F, w.offsets, scale), sum);
                }
            }
            sum.intoArray(y, to + r);
        }
    }

    /** Quants of up to ±32, two scales for a block. */
    private static void runs(PanelChunk w, int parts, boolean offset, DotInputs x, int block, float[] y, int to) {
        short[] pairs = w.pairs;
        int[] inputs = x.pairs;
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            for (int p = 0; p < parts; p++) {
                int from = 2 * (p * PAIRS * ROWS + r);
                int i = 16 * (block + p);
                ShortVector first = ShortVector.zero(Lanes.S);
                ShortVector second = ShortVector.zero(Lanes.S);
                for (int j = 0; j < 4; j++) {
                    int at = from + 4 * ROWS * j;
                    first = ShortVector.fromArray(Lanes.S, pairs, at)
                            .mul(IntVector.broadcast(Lanes.I, inputs[i + j]).reinterpretAsShorts())
                            .add(first);
                    first = ShortVector.fromArray(Lanes.S, pairs, at + 2 * ROWS)
                            .mul(IntVector.broadcast(Lanes.I, inputs[i + j + 8]).reinterpretAsShorts())
                            .add(first);
                    second = ShortVector.fromArray(Lanes.S, pairs, at + 16 * ROWS)
                            .mul(IntVector.broadcast(Lanes.I, inputs[i + j + 4]).reinterpretAsShorts())
                            .add(second);
                    second = ShortVector.fromArray(Lanes.S, pairs, at + 18 * ROWS)
                            .mul(IntVector.broadcast(Lanes.I, inputs[i + j + 12])
                                    .reinterpretAsShorts())
                            .add(second);
                }
                IntVector a = first.reinterpretAsInts();
                IntVector b = second.reinterpretAsInts();
                FloatVector one = (FloatVector) a.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(a.lanewise(VectorOperators.ASHR, 16))
                        .convertShape(VectorOperators.I2F, Lanes.F, 0);
                FloatVector two = (FloatVector) b.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(b.lanewise(VectorOperators.ASHR, 16))
                        .convertShape(VectorOperators.I2F, Lanes.F, 0);
                int scale = 2 * p * ROWS + r;
                sum = two.fma(
                                FloatVector.fromArray(Lanes.F, w.scales, scale + ROWS),
                                one.mul(FloatVector.fromArray(Lanes.F, w.scales, scale)))
                        .fma(FloatVector.broadcast(Lanes.F, x.d[block + p]), sum);
                if (offset) {
                    sum = IntVector.broadcast(Lanes.I, x.low[block + p])
                            .reinterpretAsFloats()
                            .fma(FloatVector.fromArray(Lanes.F, w.offsets, scale), sum);
                    sum = IntVector.broadcast(Lanes.I, x.high[block + p])
                            .reinterpretAsFloats()
                            .fma(FloatVector.fromArray(Lanes.F, w.offsets, scale + ROWS), sum);
                }
            }
            sum.intoArray(y, to + r);
        }
    }

    /**
     * Floating-point inputs. Blocks' sums are formed four at a time: each waits for the one before in it.
     *
     * @param w {@code [column][ROWS]}
     */
    private static void floats(float[] w, int parts, float[] x, int xAt, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector total = FloatVector.fromArray(Lanes.F, y, at + r);
            int p = 0;
            for (; p + 4 <= parts; p += 4) {
                int from = p * BLOCK * ROWS + r;
                int i = xAt + p * BLOCK;
                FloatVector a = FloatVector.zero(Lanes.F);
                FloatVector b = FloatVector.zero(Lanes.F);
                FloatVector c = FloatVector.zero(Lanes.F);
                FloatVector d = FloatVector.zero(Lanes.F);
                for (int j = 0; j < BLOCK; j++) {
                    int column = from + j * ROWS;
                    a = FloatVector.fromArray(Lanes.F, w, column).fma(FloatVector.broadcast(Lanes.F, x[i + j]), a);
                    b = FloatVector.fromArray(Lanes.F, w, column + BLOCK * ROWS)
                            .fma(FloatVector.broadcast(Lanes.F, x[i + j + BLOCK]), b);
                    c = FloatVector.fromArray(Lanes.F, w, column + 2 * BLOCK * ROWS)
                            .fma(FloatVector.broadcast(Lanes.F, x[i + j + 2 * BLOCK]), c);
                    d = FloatVector.fromArray(Lanes.F, w, column + 3 * BLOCK * ROWS)
                            .fma(FloatVector.broadcast(Lanes.F, x[i + j + 3 * BLOCK]), d);
                }
                total = total.add(a).add(b).add(c).add(d);
            }
            for (; p < parts; p++) {
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
