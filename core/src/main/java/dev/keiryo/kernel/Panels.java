package dev.keiryo.kernel;

import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A weight matrix {@code [rows, cols]} as panels of 16 rows: what fast kernels read, one row to a vector lane. A panel
 * holds its rows' blocks side by side, each block's fields interleaved: the unit (of 1, 2 or 4 bytes, see
 * {@link PanelLayout}) at byte o of row i's block b lies at byte {@code 16·(b·blockBytes + o) + unit·i} of the panel. So a
 * panel takes just the bytes of its rows, and reading panels in turn reads memory in order.
 *
 * <p>Rows missing in the last panel, and columns missing in the last block of a format without blocks, are zeros.
 *
 * <p>Blocks whose scales lie elsewhere ({@link dev.keiryo.tensor.NestedScales}) get them written in.
 *
 * <p>Panels are either packed, interleaved once into memory of their own, or made when a kernel asks for one, in its
 * scratch memory, where memory for a second copy is lacking.
 */
public final class Panels {
    /** Rows of a panel: 32-bit lanes of a 512-bit vector. */
    public static final int ROWS = 16;

    private final Weight weight;
    private final PanelLayout layout;
    private final @Nullable MemorySegment packed;

    private Panels(Weight weight, @Nullable MemorySegment packed) {
        this.weight = weight;
        this.layout = PanelLayout.of(weight.type().plain());
        this.packed = packed;
    }

    /** Panels made when asked for; nothing is copied now. */
    public static Panels plain(Weight weight) {
        return new Panels(weight, null);
    }

    /** Panels in {@code memory} of {@link #bytes(Weight)}, which {@link #pack} fills. */
    public static Panels packed(Weight weight, MemorySegment memory) {
        return new Panels(weight, memory.asSlice(0, bytes(weight)));
    }

    /** Bytes of all panels of {@code weight}: those of the weight, its rows filled up to a multiple of 16. */
    public static long bytes(Weight weight) {
        return count(weight) * PanelLayout.of(weight.type().plain()).panelBytes(weight.cols());
    }

    private static long count(Weight weight) {
        return Math.ceilDiv(weight.rows(), ROWS);
    }

    /** The bytes of {@code weight}, as it is stored, that {@code count} panels from {@code from} on are made of; fewer where it ends. */
    public static MemorySegment stored(Weight weight, int from, int count) {
        long panel = ROWS * weight.rowBytes();
        long start = Math.min(from * panel, weight.data().byteSize());
        return weight.data()
                .asSlice(start, Math.min(count * panel, weight.data().byteSize() - start));
    }

    /** The matrix as it is stored. */
    public Weight weight() {
        return weight;
    }

    /** What panels hold: the weight's type, scales written out. */
    public TensorType type() {
        return weight.type().plain();
    }

    /** Number of panels. */
    public int count() {
        return (int) count(weight);
    }

    /** Blocks of {@link PanelLayout#block()} weights in a row. */
    public int blocks() {
        return Math.ceilDiv(weight.cols(), layout.block());
    }

    public long panelBytes() {
        return layout.panelBytes(weight.cols());
    }

    /** Whether panels {@code [i, count)} follow one another in {@link #panel}'s memory. */
    public boolean isPacked() {
        return packed != null;
    }

    /** As {@link #panels}, one. */
    MemorySegment panel(int i, Kernels kernels, Scratch scratch) {
        return panels(i, i + 1, kernels, scratch);
    }

    /**
     * Memory that holds panels {@code [from, to)} one after the other from {@link #offset} of the first on: the packed one,
     * or {@code scratch}, made by {@code kernels}.
     */
    MemorySegment panels(int from, int to, Kernels kernels, Scratch scratch) {
        if (packed != null) {
            return packed;
        }
        MemorySegment made = scratch.panel((to - from) * panelBytes());
        for (int i = from; i < to; i++) {
            kernels.interleave(this, i, made, (i - from) * panelBytes());
        }
        return made;
    }

    /** Whether panel {@code i} has all its rows, each of whole blocks as they are stored. */
    boolean isWhole(int i) {
        return !weight.type().isNested() && (i + 1) * ROWS <= weight.rows() && weight.cols() % layout.block() == 0;
    }

    /** Where block {@code b} of 32 columns, the first of a format's block, begins in a panel that begins at {@code at}. */
    long block(long at, int b) {
        return at + (long) Panels.ROWS * layout.blockBytes() * (b * Activations.BLOCK / layout.block());
    }

    /** Bytes of {@code parts} blocks of 32 columns in a panel, a format's whole blocks or their beginnings. */
    int blockBytes(int parts) {
        return Panels.ROWS * layout.blockBytes() * Math.ceilDiv(parts * Activations.BLOCK, layout.block());
    }

    /** Where in {@link #panel}'s memory panel {@code i} begins. */
    long offset(int i) {
        return packed == null ? 0 : i * panelBytes();
    }

    /** Interleaves panels {@code [from, to)} into the packed memory. */
    public void pack(Kernels kernels, int from, int to) {
        if (packed == null) {
            throw new IllegalStateException(weight + " is to stay as it is stored");
        }
        for (int i = from; i < to; i++) {
            kernels.interleave(this, i, packed, i * panelBytes());
        }
    }

    /** {@link Kernels#interleave} as it is defined. */
    void interleave(int panel, MemorySegment out, long at) {
        int first = panel * ROWS;
        int rows = Math.min(ROWS, weight.rows() - first);
        long rowBytes = type().bytes(weight.cols());
        if (rows < ROWS || rowBytes * ROWS < panelBytes()) {
            out.asSlice(at, panelBytes()).fill((byte) 0);
        }
        for (int row = 0; row < rows; row++) {
            if (weight.type().isNested()) {
                layout.spread(weight.plainRow(first + row).data(), 0, rowBytes, out, at, row);
            } else {
                layout.spread(weight.data(), (first + row) * rowBytes, rowBytes, out, at, row);
            }
        }
    }
}
