package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/** A tile's inputs over some blocks, as {@link VectorTiles} reads them. */
final class TileInputs {
    /** What {@link VectorTiles} may read beyond the last token. */
    private static final int SLACK = 3;

    private static final int BLOCK = Activations.BLOCK;
    /** Ints of four int8 numbers in a block. */
    private static final int FOURS = BLOCK / 4;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
    // What was taken last.
    private @Nullable Activations held;
    private long version;
    private int heldTile;
    private int first;
    private boolean asFloats;

    /** Tokens of the tile. */
    private int tokens;

    private int blocks;
    /**
     * Int8 inputs, {@code [2][block][token][8]}: of each four the first and the third as 16 bits; from {@link #odd} on the
     * second and the fourth.
     */
    int[] pairs = {};
    /** Other inputs, or the same as float32, {@code [block][token][32]}. */
    float[] numbers = {};
    /** d of int8 inputs, {@code [block][token]}. */
    float[] d = {};
    /** c0 as it is stored, {@code [block][token]}. */
    int[] low = {};
    /** c1 as it is stored, {@code [block][token]}. */
    int[] high = {};

    int blocks() {
        return blocks;
    }

    /** Where in {@link #pairs} a token's block begins. */
    int pair(int block, int token) {
        return (block * tokens + token) * FOURS;
    }

    /** From a pair of a four to the other in {@link #pairs}. */
    int odd() {
        return pairs.length / 2;
    }

    /**
     * Takes {@code count} blocks of {@code tile}, from block {@code b} on.
     *
     * @param floats whether int8 inputs become {@link #numbers} rather than {@link #pairs}
     */
    void fill(Activations x, int tile, int b, int count, boolean floats) {
        if (x == held
                && x.version() == version
                && tile == heldTile
                && b == first
                && count == blocks
                && floats == asFloats) {
            return;
        }
        held = x;
        version = x.version();
        heldTile = tile;
        first = b;
        asFloats = floats;
        tokens = x.first(tile + 1) - x.first(tile);
        blocks = count;
        reserve(tokens * count + SLACK, x.form().kind() == Kind.INT8, floats);
        int bytes = tokens * x.form().kind().blockBytes();
        for (int i = 0; i < count; i++) {
            long at = x.offset(tile) + (long) (b + i) * bytes;
            switch (x.form().kind()) {
                case FLOAT32 -> singles(x.data(), at, i * tokens * BLOCK);
                case BFLOAT16 -> brains(x.data(), at, i * tokens * BLOCK);
                case INT8 -> {
                    if (floats) {
                        numbers(x.data(), at, i * tokens * BLOCK);
                    } else {
                        pairs(x.data(), at, pair(i, 0));
                    }
                    extras(x.data(), at + (long) BLOCK * tokens, i * tokens);
                }
            }
        }
    }

    private void reserve(int all, boolean quantized, boolean floats) {
        if (quantized && d.length < all) {
            d = new float[all];
            low = new int[all];
            high = new int[all];
        }
        if (quantized && !floats) {
            if (pairs.length < 2 * FOURS * all) {
                pairs = new int[2 * FOURS * all];
            }
        } else if (numbers.length < BLOCK * all) {
            numbers = new float[BLOCK * all];
        }
    }

    private void singles(MemorySegment x, long at, int to) {
        for (int i = 0; i < tokens * BLOCK; i += LANES) {
            FloatVector.fromMemorySegment(Lanes.F, x, at + 4L * i, ORDER).intoArray(numbers, to + i);
        }
    }

    private void brains(MemorySegment x, long at, int to) {
        for (int i = 0; i < tokens * BLOCK; i++) {
            numbers[to + i] = Float.intBitsToFloat(x.get(I16, at + 2L * i) << 16);
        }
    }

    private void numbers(MemorySegment x, long at, int to) {
        for (int i = 0; i < tokens * BLOCK; i += Lanes.BYTES.length()) {
            ByteVector v = ByteVector.fromMemorySegment(Lanes.BYTES, x, at + i, ORDER);
            ((FloatVector) v.convertShape(VectorOperators.B2F, Lanes.F, 0)).intoArray(numbers, to + i);
            if (LANES == 4) {
                ((FloatVector) v.convertShape(VectorOperators.B2F, Lanes.F, 1)).intoArray(numbers, to + i + LANES);
            }
        }
    }

    private void pairs(MemorySegment x, long at, int to) {
        int odd = odd();
        int all = tokens * FOURS;
        int whole = Lanes.I.loopBound(all);
        for (int i = 0; i < whole; i += LANES) {
            IntVector v = IntVector.fromMemorySegment(Lanes.I, x, at + 4L * i, ORDER);
            v.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 8)
                    .and(0xffff0000)
                    .or(v.lanewise(VectorOperators.LSHL, 24)
                            .lanewise(VectorOperators.ASHR, 24)
                            .and(0xffff))
                    .intoArray(pairs, to + i);
            v.lanewise(VectorOperators.ASHR, 8)
                    .and(0xffff0000)
                    .or(v.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 24)
                            .and(0xffff))
                    .intoArray(pairs, to + i + odd);
        }
        for (int i = whole; i < all; i++) {
            int four = x.get(I32, at + 4L * i);
            pairs[to + i] = ((byte) four & 0xffff) | (byte) (four >> 16) << 16;
            pairs[to + i + odd] = ((byte) (four >> 8) & 0xffff) | four >> 24 << 16;
        }
    }

    private void extras(MemorySegment x, long at, int to) {
        for (int i = 0; i < tokens; i++) {
            d[to + i] = x.get(Matrix.F32, at + 4L * i);
            low[to + i] = x.get(I32, at + 4L * (tokens + i));
            high[to + i] = x.get(I32, at + 4L * (2 * tokens + i));
        }
    }
}
