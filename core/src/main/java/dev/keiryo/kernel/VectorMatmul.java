package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.CodeBook;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products in vector code. Panels are unpacked by chunks of 256 columns, then multiplied by all tokens: by few of
 * them one after the other, see {@link VectorDot}, by many in tiles, see {@link VectorTiles}.
 */
final class VectorMatmul {
    /** Most tokens that count as few. */
    private static final int FEW = 3;
    /** Panels at a time for many tokens: what their chunks take stays in a core's own cache. */
    private static final int GROUP = 4;
    /** Tiles at a time. */
    private static final int TILES = 8;

    private static final int ROWS = Panels.ROWS;
    private static final int PARTS = PanelChunk.PARTS;

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
        FORMATS.put(TensorType.NF4, new VectorCodeBook(TensorType.NF4, CodeBook.NF4));
        FORMATS.put(TensorType.FP4, new VectorCodeBook(TensorType.FP4, CodeBook.FP4));
        FORMATS.put(TensorType.INT8, new VectorInt8());
    }

    /** {@code [tile][chunk]}, filled once for all panels. */
    private TileInputs[] inputs = {};

    private final VectorDot few = new VectorDot();
    private final VectorTiles many = new VectorTiles(GROUP);
    private final float[] sums = new float[(TILES * Activations.TILE + 3) * GROUP * ROWS];

    /** How {@code type} becomes whole numbers, or null: only for int8 inputs are the values of a code book taken as such. */
    private static @Nullable PanelQuants format(TensorType type, Kind kind) {
        boolean floats = type == TensorType.NF4 || type == TensorType.FP4;
        return floats && kind != Kind.INT8 ? null : FORMATS.get(type);
    }

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
        PanelQuants format = format(w.type(), x.form().kind());
        if (format == null && x.form().kind() == Kind.INT8) {
            throw new IllegalArgumentException(w.type().label() + " has no quants to multiply by int8");
        }
        if (x.tokens() <= FEW) {
            few.prepare(format, x);
            for (int panel = from; panel < to; panel++) {
                MemorySegment data = w.panels(panel, panel + 1, kernels, scratch);
                Arrays.fill(sums, 0, x.tokens() * ROWS, 0);
                few.multiply(w, format, data, w.offset(panel), x, sums);
                store(bias, 0, x.tokens(), y, panel, panel + 1, ROWS);
            }
            return;
        }
        int chunks = Math.ceilDiv(x.blocks(), PARTS);
        reserve(Math.min(TILES, x.tiles()) * chunks);
        for (int group = from; group < to; group += GROUP) {
            int end = Math.min(to, group + GROUP);
            MemorySegment data = w.panels(group, end, kernels, scratch);
            for (int tile = 0; tile < x.tiles(); tile += TILES) {
                int last = Math.min(x.tiles(), tile + TILES);
                int tokens = x.first(last) - x.first(tile);
                Arrays.fill(sums, 0, tokens * GROUP * ROWS, 0);
                for (int b = 0; b < x.blocks(); b += PARTS) {
                    int parts = Math.min(PARTS, x.blocks() - b);
                    for (int p = 0; p < end - group; p++) {
                        many.unpack(w, format, data, w.offset(group) + p * w.panelBytes(), b, parts, p);
                    }
                    many.prepare(w, format, parts, x.form());
                    for (int i = tile; i < last; i++) {
                        TileInputs tokensOf = inputs[(i - tile) * chunks + b / PARTS];
                        tokensOf.fill(x, i, b, parts, format != null && format.wide);
                        int at = (x.first(i) - x.first(tile)) * GROUP * ROWS;
                        many.multiply(format, x.form(), tokensOf, x.first(i + 1) - x.first(i), end - group, sums, at);
                    }
                }
                store(bias, x.first(tile), tokens, y, group, end, GROUP * ROWS);
            }
        }
    }

    private void reserve(int count) {
        int known = inputs.length;
        if (known < count) {
            inputs = Arrays.copyOf(inputs, count);
            for (int i = known; i < count; i++) {
                inputs[i] = new TileInputs();
            }
        }
    }

    /** {@code y = sums + bias} for {@code tokens} tokens from {@code first} on and the rows of some panels. */
    private void store(@Nullable Matrix bias, int first, int tokens, Matrix y, int from, int to, int stride) {
        int end = Math.min(y.cols(), to * ROWS);
        for (int t = 0; t < tokens; t++) {
            int at = t * stride - from * ROWS;
            int r = from * ROWS;
            for (; r + LANES <= end; r += LANES) {
                FloatVector.fromArray(Lanes.F, sums, at + r)
                        .intoMemorySegment(y.data(), y.rowOffset(first + t) + 4L * r, Lanes.ORDER);
            }
            for (; r < end; r++) {
                y.put(first + t, r, sums[at + r]);
            }
            for (r = from * ROWS; bias != null && r < end; r++) {
                y.put(first + t, r, sums[at + r] + bias.get(0, r));
            }
        }
    }
}
