package dev.keiryo.kernel;

import static java.util.Objects.requireNonNull;

import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Matrix products by {@link MatmulCode}. */
final class EmittedMatmul {
    /** Weights that are used with all tiles in turn: about what stays in a core's own cache meanwhile. */
    private static final long CHUNK = 256 << 10;

    private static final Map<TensorType, EmittedMatmul> ALL = new EnumMap<>(TensorType.class);

    static {
        for (TensorType type : PanelLayout.types()) {
            ALL.put(type, new EmittedMatmul(type));
        }
    }

    private final EmittedFunction interleave;
    /** By kind of input, tokens of the tile, and the first token of those computed at once. */
    private final EmittedFunction[][][] products;

    private EmittedMatmul(TensorType type) {
        this.interleave = InterleaveCode.function(PanelLayout.of(type));
        this.products = new EmittedFunction[Kind.values().length][Activations.TILE + 1][];
        for (Kind kind : Kind.values()) {
            for (int tile = 1; tile <= Activations.TILE; tile++) {
                int step = MatmulCode.tokens(kind, tile);
                EmittedFunction[] parts = new EmittedFunction[Math.ceilDiv(tile, step)];
                for (int i = 0; i < parts.length; i++) {
                    parts[i] = MatmulCode.function(type, kind, tile, i * step, Math.min(step, tile - i * step));
                }
                products[index(kind)][tile] = parts;
            }
        }
    }

    private static int index(Kind kind) {
        return switch (kind) {
            case INT8 -> 0;
            case FLOAT32 -> 1;
            case BFLOAT16 -> 2;
        };
    }

    static EmittedMatmul of(TensorType type) {
        return requireNonNull(ALL.get(type), type::label);
    }

    void interleave(Panels w, int panel, MemorySegment out, long at) {
        if (!w.isWhole(panel)) {
            w.interleave(panel, out, at);
            return;
        }
        long rowBytes = w.weight().rowBytes();
        Objects.checkFromIndexSize(at, w.panelBytes(), out.byteSize());
        interleave.call(
                w.weight().data().address() + (long) panel * Panels.ROWS * rowBytes,
                rowBytes,
                out.address() + at,
                w.blocks(),
                0,
                0);
    }

    void multiply(
            Kernels kernels,
            Panels w,
            @Nullable Matrix bias,
            Activations x,
            Matrix y,
            int from,
            int to,
            Scratch scratch) {
        int step = w.isPacked() ? Math.clamp(CHUNK / w.panelBytes(), 1, to - from + 1) : 1;
        for (int panel = from; panel < to; panel += step) {
            int end = Math.min(to, panel + step);
            chunk(w, w.panel(panel, kernels, scratch).address(), x, y, panel, end, scratch);
        }
        if (bias != null) {
            int end = Math.min(w.weight().rows(), to * Panels.ROWS);
            for (int t = 0; t < y.rows(); t++) {
                for (int r = from * Panels.ROWS; r < end; r++) {
                    y.put(t, r, y.get(t, r) + bias.get(0, r));
                }
            }
        }
    }

    private void chunk(Panels w, long panels, Activations x, Matrix y, int from, int to, Scratch scratch) {
        int rows = w.weight().rows();
        // A last panel with fewer rows is computed beside y: its lanes would reach into the next token's row.
        int whole = to * Panels.ROWS <= rows ? to : to - 1;
        for (int tile = 0; tile < x.tiles(); tile++) {
            int first = x.first(tile);
            long out = y.data().address() + y.rowOffset(first) + 4L * Panels.ROWS * from;
            if (whole > from) {
                multiply(w, x, tile, panels + w.offset(from), whole - from, out, 4L * y.cols());
            }
            if (whole < to) {
                MemorySegment lanes = scratch.lanes();
                multiply(w, x, tile, panels + w.offset(whole), 1, lanes.address(), 4L * Panels.ROWS);
                for (int t = first; t < x.first(tile + 1); t++) {
                    MemorySegment.copy(
                            lanes,
                            4L * Panels.ROWS * (t - first),
                            y.data(),
                            y.rowOffset(t) + 4L * Panels.ROWS * whole,
                            4L * (rows - whole * Panels.ROWS));
                }
            }
        }
    }

    private void multiply(Panels w, Activations x, int tile, long panels, int count, long out, long stride) {
        Kind kind = x.form().kind();
        int size = x.first(tile + 1) - x.first(tile);
        long tokens = out;
        for (EmittedFunction part : products[index(kind)][size]) {
            part.call(panels, x.data().address() + x.offset(tile), tokens, count, w.blocks(), stride);
            tokens += (long) MatmulCode.tokens(kind, size) * stride;
        }
    }
}
