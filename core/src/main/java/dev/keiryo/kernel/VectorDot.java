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
import org.jspecify.annotations.Nullable;

/**
 * Products of a panel with few tokens, one after the other: {@code y[row] += Σ_c w[row, c]·x[c]} in the order of
 * {@link Kernels#matmul}. Whole numbers are multiplied in 16 bits, two columns of a row at a time.
 */
final class VectorDot {
    private static final int ROWS = Panels.ROWS;
    private static final int BLOCK = Activations.BLOCK;
    private static final int PARTS = PanelChunk.PARTS;

    /** Blocks of 32 columns at a time: where a vector holds fewer rows than a panel, what comes next has stayed in the nearest cache. */
    private static final int STRETCH = 32;

    private final DotInputs inputs = new DotInputs();
    private final PanelStretch stretch = new PanelStretch();

    /** For up to 8 blocks. */
    final PanelChunk chunk = new PanelChunk(1);
    /** For the large block that comes then. */
    final PanelChunk next = new PanelChunk(1);
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

    /**
     * Adds {@link #dots} of four parts of a large block, from part {@code part} on.
     *
     * @param factors of the whole block
     * @param block the first part in {@code x}
     */
    void addRuns(PanelChunk factors, int part, boolean offset, DotInputs x, int block, float[] y, int to) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, to + r);
            for (int p = 0; p < 4; p++) {
                int run = 2 * p * ROWS + r;
                int scale = 2 * part * ROWS + run;
                FloatVector first = FloatVector.fromArray(Lanes.F, dots, run)
                        .mul(FloatVector.fromArray(Lanes.F, factors.scales, scale));
                sum = FloatVector.fromArray(Lanes.F, dots, run + ROWS)
                        .fma(FloatVector.fromArray(Lanes.F, factors.scales, scale + ROWS), first)
                        .fma(FloatVector.broadcast(Lanes.F, x.d[block + p]), sum);
                if (offset) {
                    sum = IntVector.broadcast(Lanes.I, x.low[block + p])
                            .reinterpretAsFloats()
                            .fma(FloatVector.fromArray(Lanes.F, factors.offsets, scale), sum);
                    sum = IntVector.broadcast(Lanes.I, x.high[block + p])
                            .reinterpretAsFloats()
                            .fma(FloatVector.fromArray(Lanes.F, factors.offsets, scale + ROWS), sum);
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
