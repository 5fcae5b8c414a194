package dev.keiryo.kernel;

import static java.util.Objects.requireNonNull;

import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;

/**
 * The inputs {@code x [tokens, cols]} of a matrix product, made ready by {@link Kernels#prepare}: cut into tiles of up to
 * {@link #TILE} tokens and blocks of 32 columns, each number in the {@link Form} that the weights ask for.
 *
 * <p>A tile of T tokens is a run of blocks, {@code ⌈cols/32⌉} of them; columns beyond the last are zeros. A block is
 *
 * <pre>
 *   numbers[T][32]   int8 q, or float32, or bfloat16
 *   float d[T]       int8 only: x ≈ d·q, d as the {@link Scaling} says, q = x·(1/d) rounded to nearest, ties to even
 *   c0[T], c1[T]     int8 only: what completes the sum of a weight's quants u times q, see {@link Form}
 * </pre>
 *
 * Where a token's blocks share one d, each holds it all the same: so products are the same for every scaling.
 *
 * <p>Not thread-safe, but {@code prepare} may fill different tiles in different threads.
 */
public final class Activations implements AutoCloseable {
    /** Most tokens of a tile. */
    public static final int TILE = 16;
    /** Columns of a block. */
    public static final int BLOCK = 32;

    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** How a number is represented. */
    public enum Kind {
        INT8(1, 12),
        FLOAT32(4, 0),
        BFLOAT16(2, 0);

        private final int bytes;
        private final int extra;

        Kind(int bytes, int extra) {
            this.bytes = bytes;
            this.extra = extra;
        }

        /** Bytes of one token's block. */
        int blockBytes() {
            return BLOCK * bytes + extra;
        }
    }

    /**
     * What weights ask of their inputs.
     *
     * @param kind how a number is represented
     * @param zero int8: the weight's quant that stands for 0. Without offsets, {@code c} is the int32
     *     {@code -zero·Σq}
     * @param run int8: 32: c0 is over the whole block; 16: c0 is over its first half, c1 over its second
     * @param offset int8: whether weights have offsets; {@code c} is then the float32 {@code d·Σq}
     */
    public record Form(Kind kind, int zero, int run, boolean offset) {
        public static final Form FLOAT32 = new Form(Kind.FLOAT32, 0, 32, false);
        public static final Form BFLOAT16 = new Form(Kind.BFLOAT16, 0, 32, false);

        private static final Map<TensorType, Form> INT8 = new EnumMap<>(TensorType.class);

        static {
            for (TensorType type : TensorType.values()) {
                BlockCodec c = Codecs.block(type.plain());
                INT8.put(type, c == null ? FLOAT32 : new Form(Kind.INT8, c.zero(), c.run(), c.hasOffset()));
            }
        }

        /** Int8 for quantized weights, float32 for others. */
        static Form quantized(TensorType type) {
            return requireNonNull(INT8.get(type));
        }
    }

    /** What d of int8 inputs is: found anew for each text, or once and for all. Either way, a token's depends on that token alone. */
    public sealed interface Scaling {
        /** {@code d = max|x|/127}: nothing is cut off. */
        enum Measured implements Scaling {
            /** Over each block of 32 columns. */
            BLOCK,
            /** Over all columns of a token. */
            TOKEN
        }

        /**
         * One d for all tokens and columns: what is larger than {@code 127·d} becomes that.
         *
         * @param d above 0
         */
        record Fixed(float d) implements Scaling {
            public Fixed {
                if (!(d > 0 && d < Float.POSITIVE_INFINITY)) {
                    throw new IllegalArgumentException("a scale should be above 0 and finite, but is " + d);
                }
            }
        }
    }

    private Arena arena = Arena.ofShared();
    private MemorySegment data = MemorySegment.NULL;
    private Form form = Form.FLOAT32;
    private Scaling scaling = Scaling.Measured.BLOCK;
    private int tokens;
    private int cols;
    private int tiles;
    private long version;

    public Activations() {}

    /** As {@link #reset(Form, Scaling, int, int)} with a scale for each block. */
    public void reset(Form newForm, int newTokens, int newCols) {
        reset(newForm, Scaling.Measured.BLOCK, newTokens, newCols);
    }

    /** Makes room for {@code [tokens, cols]} in {@code form}; what was held is lost. */
    public void reset(Form newForm, Scaling newScaling, int newTokens, int newCols) {
        version++;
        form = newForm;
        scaling = newScaling;
        tokens = newTokens;
        cols = newCols;
        tiles = Math.ceilDiv(tokens, TILE);
        long bytes = tokenBytes() * tokens;
        if (data.byteSize() < bytes) {
            arena.close();
            arena = Arena.ofShared();
            data = arena.allocate(bytes + bytes / 2, 64);
        }
    }

    /** How often {@link #reset} has been called: what is the same holds the same numbers. */
    long version() {
        return version;
    }

    public Form form() {
        return form;
    }

    public Scaling scaling() {
        return scaling;
    }

    /** Whether d of int8 inputs is the block's own, which {@link Kernels#prepare} finds; else {@link #writeScales} has written it. */
    boolean ownScales() {
        return scaling == Scaling.Measured.BLOCK;
    }

    /** Writes d of the tokens of {@code tile} into all their blocks, where blocks of {@code x} have none of their own. */
    void writeScales(Matrix x, int tile) {
        if (form.kind != Kind.INT8 || ownScales()) {
            return;
        }
        int first = first(tile);
        int count = first(tile + 1) - first;
        for (int t = 0; t < count; t++) {
            float d = scaling instanceof Scaling.Fixed fixed ? fixed.d() : largest(x, first + t) / 127;
            long at = offset(tile) + (long) count * BLOCK + 4L * t;
            for (int b = 0; b < blocks(); b++) {
                data.set(Matrix.F32, at, d);
                at += (long) count * form.kind.blockBytes();
            }
        }
    }

    /** {@code max|x|} of a row. Magnitudes are in the order of their bits, and whole numbers are compared faster. */
    private static float largest(Matrix x, int row) {
        long at = x.rowOffset(row);
        long end = at + 4L * x.cols();
        int largest = 0;
        for (; at < end; at += 4) {
            largest = Math.max(largest, x.data().get(I32, at) & Integer.MAX_VALUE);
        }
        return Float.intBitsToFloat(largest);
    }

    public int tokens() {
        return tokens;
    }

    public int cols() {
        return cols;
    }

    /** Blocks of a token. */
    public int blocks() {
        return Math.ceilDiv(cols, BLOCK);
    }

    /** Number of tiles. */
    public int tiles() {
        return tiles;
    }

    /** First token of tile {@code i}; of tile {@link #tiles()} the number of tokens. Tiles differ by at most one. */
    public int first(int i) {
        return (int) ((long) tokens * i / tiles);
    }

    /** Bytes from the start of {@link #data()} to tile {@code i}. */
    long offset(int i) {
        return tokenBytes() * first(i);
    }

    MemorySegment data() {
        return data;
    }

    private long tokenBytes() {
        return (long) blocks() * form.kind.blockBytes();
    }

    @Override
    public void close() {
        arena.close();
    }
}
