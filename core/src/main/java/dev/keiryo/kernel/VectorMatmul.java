package dev.keiryo.kernel;

import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products in vector code. Panels are unpacked by chunks of 256 columns, then multiplied by all tokens: by few of
 * them one after the other, see {@link VectorDot}, by many in tiles, see {@link VectorTiles}.
 */
final class VectorMatmul {
    /** Most tokens that count as few. */
    static final int FEW = 3;

    private static final int ROWS = Panels.ROWS;
    private static final int COLUMNS = PanelChunk.PARTS * Activations.BLOCK;

    private static final Map<TensorType, PanelQuants> FORMATS = new EnumMap<>(TensorType.class);

    static {
        FORMATS.put(TensorType.Q4_0, new VectorQ4_0());
        FORMATS.put(TensorType.Q4_1, new VectorQ4_1());
        FORMATS.put(TensorType.Q5_0, new VectorQ5_0());
        FORMATS.put(TensorType.Q5_1, new VectorQ5_1());
        FORMATS.put(TensorType.Q8_0, new VectorQ8_0());
        FORMATS.put(TensorType.Q2_K, new VectorQ2_K());
        FORMATS.put(TensorType.Q3_K, new VectorQ3_K());
        FORMATS.put(TensorType.Q4_K, new VectorQ4_K());
        FORMATS.put(TensorType.Q5_K, new VectorQ5_K());
        FORMATS.put(TensorType.Q6_K, new VectorQ6_K());
        FORMATS.put(TensorType.IQ4_NL, new VectorIQ4_NL());
        FORMATS.put(TensorType.IQ4_XS, new VectorIQ4_XS());
        FORMATS.put(TensorType.MXFP4, new VectorMXFP4());
    }

    private final PanelChunk chunk = new PanelChunk();
    private final FewInputs inputs = new FewInputs();
    private final float[] weights = new float[COLUMNS * ROWS];
    private final float[] sums = new float[FEW * ROWS];
    private final VectorTiles tiles = new VectorTiles();

    /** As {@link Kernels#matmul}; the working memory is this object's own. */
    void multiply(
            Kernels kernels,
            Panels w,
            @Nullable Matrix bias,
            Activations x,
            Matrix y,
            int from,
            int to,
            Scratch scratch) {
        if (x.tokens() > FEW) {
            tiles.multiply(kernels, w, bias, x, y, from, to, scratch, chunk);
            return;
        }
        inputs.fill(x);
        for (int panel = from; panel < to; panel++) {
            MemorySegment data = w.panels(panel, panel + 1, kernels, scratch);
            Arrays.fill(sums, 0);
            for (int b = 0; b < x.blocks(); b += PanelChunk.PARTS) {
                int blocks = Math.min(PanelChunk.PARTS, x.blocks() - b);
                if (x.form().kind() == Kind.INT8) {
                    quants(w, data, w.offset(panel), x, b, blocks);
                } else {
                    unpack(w, data, w.offset(panel), b, blocks, chunk, weights, 0, ROWS);
                    for (int t = 0; t < x.tokens(); t++) {
                        int at = (t * x.blocks() + b) * Activations.BLOCK;
                        VectorDot.floats(weights, blocks, inputs.numbers, at, sums, t * ROWS);
                    }
                }
            }
            for (int t = 0; t < x.tokens(); t++) {
                store(sums, t * ROWS, bias, y, t, panel);
            }
        }
    }

    /** How {@code type} is unpacked. */
    static PanelQuants format(TensorType type) {
        PanelQuants format = FORMATS.get(type);
        if (format == null) {
            throw new IllegalArgumentException(type.label() + " has no quants to multiply by int8");
        }
        return format;
    }

    private void quants(Panels w, MemorySegment data, long panel, Activations x, int b, int blocks) {
        PanelQuants format = format(w.type());
        format.unpack(data, w.block(panel, b), blocks, chunk);
        for (int t = 0; t < x.tokens(); t++) {
            VectorDot.quants(chunk, blocks, x.form(), format.wide, inputs, t * x.blocks() + b, sums, t * ROWS);
        }
    }

    /**
     * Writes the weights of a panel's {@code blocks} blocks of 32 columns from block {@code b} on as float32:
     * {@code out[at + stride·column + row]}.
     */
    static void unpack(
            Panels w,
            MemorySegment data,
            long panel,
            int b,
            int blocks,
            PanelChunk chunk,
            float[] out,
            int at,
            int stride) {
        PanelQuants format = FORMATS.get(w.type());
        if (format == null) {
            VectorFloats.unpack(w.type(), data, w.block(panel, b), blocks * Activations.BLOCK, out, at, stride);
        } else {
            Activations.Form form = Activations.Form.quantized(w.type());
            format.unpack(data, w.block(panel, b), blocks, chunk);
            chunk.weights(blocks, form.run(), form.offset(), out, at, stride);
        }
    }

    /** {@code y[t, rows of panel] = sums + bias}. */
    static void store(float[] sums, int at, @Nullable Matrix bias, Matrix y, int t, int panel) {
        int first = panel * ROWS;
        for (int r = 0; r < ROWS && first + r < y.cols(); r += Lanes.LANES) {
            Lanes.store(sums, at + r, bias, y, t, first + r);
        }
    }
}
