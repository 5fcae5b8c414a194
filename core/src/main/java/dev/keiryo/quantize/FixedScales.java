package dev.keiryo.quantize;

import static java.util.Objects.requireNonNull;

import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.BlockCodes;
import dev.keiryo.tensor.CodeBook;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Encoder;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A matrix {@code [rows, cols]} whose scales are chosen first, for all blocks, and its codes one by one later: what methods need that
 * move the error of one weight to others. Use: {@link #fit}, {@link #round} in any order, rows by any thread, then {@link #pack}.
 */
public final class FixedScales {
    /** Weights that scales are chosen for at a time. */
    private static final int PIECE = 1 << 16;

    private final TensorType type;
    private final BlockCodec codec;
    private final @Nullable Quantizer quantizer;
    private final @Nullable Grid grid;
    /** Added to a grid's code. */
    private final int lift;
    /** Whose values, times the largest magnitude of a block, weights become; null for other formats. */
    private final @Nullable CodeBook book;

    private final int run;
    private int cols;
    private float[] scales = {};
    private float[] offsets = {};
    /** What goes into blocks beside the codes. */
    private float[] d = {};

    private float[] m = {};
    private byte[] scaleCodes = {};
    private byte[] minimumCodes = {};
    private byte[] codes = {};

    private FixedScales(
            TensorType type, @Nullable Quantizer quantizer, @Nullable Grid grid, int lift, @Nullable CodeBook book) {
        this.type = type;
        this.codec = requireNonNull(Codecs.block(type));
        this.quantizer = quantizer;
        this.grid = grid;
        this.lift = lift;
        this.book = book;
        this.run = book == null ? codec.run() : type.blockSize();
    }

    /**
     * For {@code type}; null where it is none of which this is known.
     *
     * @param bits of whole numbers that are stored in that type; 0: all of its own
     */
    public static @Nullable FixedScales of(TensorType type, int bits) {
        if (bits > 0) {
            return ofBits(type, bits);
        }
        if (type == TensorType.NF4 || type == TensorType.FP4) {
            return new FixedScales(type, null, null, 0, type == TensorType.NF4 ? CodeBook.NF4 : CodeBook.FP4);
        }
        Encoder encoder = Quantizer.of(type);
        return encoder instanceof Quantizer q ? new FixedScales(type, q, q.grid(), 0, null) : null;
    }

    /** Whole numbers of {@code bits} bits in blocks of at least as many: all of their codes, the least included. */
    private static @Nullable FixedScales ofBits(TensorType type, int bits) {
        if (type == TensorType.Q4_0 || type == TensorType.Q4_1) {
            boolean symmetric = type == TensorType.Q4_0;
            float least = symmetric ? -(1 << (bits - 1)) : 0;
            Grid grid = new Grid.Uniform(least, least + (1 << bits) - 1);
            return new FixedScales(type, new PlainQuantizer(type, grid), grid, symmetric ? 8 + (int) least : 0, null);
        }
        return null;
    }

    /**
     * Chooses all scales for {@code w [rows, cols]}, with codes that are the nearest.
     *
     * @param importance of each column; null: all alike
     */
    public void fit(float[] w, int rows, int newCols, float @Nullable [] importance) {
        cols = newCols;
        int blocks = Math.toIntExact((long) rows * cols / type.blockSize());
        int runs = Math.toIntExact((long) rows * cols / run);
        scales = new float[runs];
        offsets = new float[runs];
        d = new float[blocks];
        m = new float[blocks];
        scaleCodes = new byte[runs];
        minimumCodes = new byte[runs];
        codes = new byte[rows * cols];
        if (quantizer == null) {
            fitLargest(w, blocks);
        } else {
            fitBlocks(quantizer, w, rows, importance);
        }
    }

    private void fitLargest(float[] w, int blocks) {
        int size = type.blockSize();
        for (int b = 0; b < blocks; b++) {
            for (int i = b * size; i < (b + 1) * size; i++) {
                d[b] = Math.max(d[b], Math.abs(w[i]));
            }
            scales[b] = d[b];
            for (int i = b * size; i < (b + 1) * size; i++) {
                roundAt(i, w[i]);
            }
        }
    }

    private void fitBlocks(Quantizer q, float[] w, int rows, float @Nullable [] importance) {
        int step = Math.max(1, PIECE / cols);
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) type.bytes((long) step * cols)]);
        float[] weights = importance == null ? null : new float[step * cols];
        for (int r = 0; weights != null && r < step; r++) {
            System.arraycopy(importance, 0, weights, r * cols, cols);
        }
        float[] piece = new float[step * cols];
        for (int from = 0; from < rows; from += step) {
            int n = Math.min(step, rows - from) * cols;
            System.arraycopy(w, from * cols, piece, 0, n);
            int[] block = {from * cols / type.blockSize()};
            q.encode(piece, 0, n, weights, bytes, 0, found -> take(block[0]++, found));
            for (int r = 0; r < n / run; r++) {
                long at = type.bytes((long) r * run / type.blockSize() * type.blockSize());
                int index = r * run % type.blockSize() / run;
                scales[from * cols / run + r] = codec.scale(bytes, at, index);
                offsets[from * cols / run + r] = codec.hasOffset() ? codec.offset(bytes, at, index) : 0;
            }
        }
    }

    private void take(int block, BlockCodes found) {
        d[block] = found.d;
        m[block] = found.m;
        int runs = type.blockSize() / run;
        for (int r = 0; r < runs; r++) {
            scaleCodes[block * runs + r] = (byte) found.scales[r];
            minimumCodes[block * runs + r] = (byte) found.minima[r];
        }
        for (int i = 0; i < type.blockSize(); i++) {
            codes[block * type.blockSize() + i] = (byte) (found.quants[i] + lift);
        }
    }

    /** Gives weight (row, col) the code nearest to {@code v}, and returns what it stands for. */
    public float round(int row, int col, float v) {
        return roundAt(row * cols + col, v);
    }

    private float roundAt(int i, float v) {
        float scale = scales[i / run];
        float offset = offsets[i / run];
        float t = scale == 0 ? 0 : (v - offset) / scale;
        if (book != null) {
            int number = book.nearest(t);
            codes[i] = (byte) number;
            return scale * book.value(number);
        }
        Grid of = requireNonNull(grid);
        if (of instanceof Grid.Levels levels) {
            int code = levels.code(t);
            codes[i] = (byte) code;
            return scale * levels.level(code) + offset;
        }
        float point = (float) Math.rint(Math.max(of.least(), Math.min(of.most(), t)));
        codes[i] = (byte) (of.code(point) + lift);
        return scale * point + offset;
    }

    /** Writes all blocks from byte {@code offset} of {@code out} on. */
    public void pack(MemorySegment out, long offset) {
        BlockCodes block = new BlockCodes();
        int runs = type.blockSize() / run;
        for (int b = 0; b < d.length; b++) {
            block.d = d[b];
            block.m = m[b];
            for (int r = 0; r < runs; r++) {
                block.scales[r] = scaleCodes[b * runs + r] & 0xff;
                block.minima[r] = minimumCodes[b * runs + r] & 0xff;
            }
            for (int i = 0; i < type.blockSize(); i++) {
                block.quants[i] = codes[b * type.blockSize() + i] & 0xff;
            }
            codec.pack(block, out, offset + (long) b * type.blockBytes());
        }
    }
}
