package dev.keiryo.kernel;

import dev.keiryo.assembler.CodeMemory;
import dev.keiryo.assembler.NativeCall;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Matrix products by {@link MatmulCode}, written when a format and a number of tokens first occur. */
final class EmittedMatmul {
    /** Weights that are used with all tiles in turn: about what stays in a core's own cache meanwhile. */
    private static final long CHUNK = 256 << 10;

    /**
     * Code for one combination.
     *
     * @param tile tokens of the tile
     * @param first token of it that the code begins with
     * @param tokens that it computes
     */
    private record Key(TensorType type, Kind kind, int tile, int first, int tokens) {}

    private static final Map<Key, MemorySegment> CODE = new ConcurrentHashMap<>();

    private EmittedMatmul() {}

    private static MemorySegment code(Key key) {
        return CODE.computeIfAbsent(key, EmittedMatmul::emit);
    }

    private static MemorySegment emit(Key k) {
        try {
            // Lives as long as the process does: it belongs to the class.
            return CodeMemory.load(MatmulCode.emit(k.type, k.kind, k.tile, k.first, k.tokens))
                    .entry();
        } catch (IOException e) {
            throw new UncheckedIOException("machine code that could be run before is now refused", e);
        }
    }

    static void multiply(Panels w, @Nullable Matrix bias, Activations x, Matrix y, int from, int to, Scratch scratch) {
        int step = w.isPacked() ? Math.clamp(CHUNK / w.panelBytes(), 1, to - from + 1) : 1;
        for (int panel = from; panel < to; panel += step) {
            chunk(w, x, y, panel, Math.min(to, panel + step), scratch);
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

    private static void chunk(Panels w, Activations x, Matrix y, int from, int to, Scratch scratch) {
        int rows = w.weight().rows();
        // A last panel with fewer rows is computed beside y: its lanes would reach into the next token's row.
        int whole = to * Panels.ROWS <= rows ? to : to - 1;
        long panels = w.panel(from, scratch).address();
        for (int tile = 0; tile < x.tiles(); tile++) {
            int first = x.first(tile);
            long out = y.data().address() + y.rowOffset(first) + 4L * Panels.ROWS * from;
            if (whole > from) {
                call(w, x, tile, panels + w.offset(from), whole - from, out, 4L * y.cols());
            }
            if (whole < to) {
                MemorySegment lanes = scratch.lanes();
                call(w, x, tile, panels + w.offset(whole), 1, lanes.address(), 4L * Panels.ROWS);
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

    private static void call(Panels w, Activations x, int tile, long panels, int count, long out, long stride) {
        Kind kind = x.form().kind();
        int size = x.first(tile + 1) - x.first(tile);
        int step = kind == Kind.FLOAT32 ? MatmulCode.FLOAT_TOKENS : size;
        for (int t = 0; t < size; t += step) {
            NativeCall.call(
                    code(new Key(w.type(), kind, size, t, Math.min(step, size - t))),
                    panels,
                    x.data().address() + x.offset(tile),
                    out + t * stride,
                    count,
                    w.blocks(),
                    stride);
        }
    }
}
