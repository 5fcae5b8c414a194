package dev.keiryo.kernel;

import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/** The inputs of few tokens, as {@link VectorDot} and {@link PanelQuants#dot} read them: one token after the other. */
final class DotInputs {
    /**
     * What int8 inputs become: of a block, four columns at a time, {@code E} is the first and the third as 16 bits, {@code O}
     * the second and the fourth. A lane of 16 bits holds two bytes, or four nibbles, of a weight; multiplied as a whole, the
     * higher parts come in as well, which the next factor takes off again, all modulo 2^16.
     */
    enum Order {
        /** {@code E[8], O[8]}. */
        PLAIN,
        /** {@code E[8], (O - 256·E)[8]}: for {@code u·x[j] + (u >>> 8)·x[8 + j]}, u being two bytes. */
        BYTES,
        /** The same, and {@link #centers}: for bytes that are 128 more than weights. */
        CENTERED,
        /**
         * For {@code u·x[j] + (u >>> 4)·x[4 + j] + (u >>> 8)·x[8 + j] + (u >>> 12)·x[12 + j]}, u being two bytes of which the
         * high nibbles are weights sixteen columns on.
         */
        NIBBLES
    }

    private static final int BLOCK = Activations.BLOCK;
    private static final int TOKEN_BYTES = Kind.INT8.blockBytes();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);

    // What was taken last.
    private @Nullable Activations held;
    private long version;
    private @Nullable Order order;

    /** Blocks of a token. */
    private int blocks;

    /** Int8 inputs, {@code [token][block][16]}, two numbers of 16 bits each. */
    int[] pairs = {};
    /** {@code -128·(E + O)}, the lower of two 16 bits 2^15 more, {@code [token][block][8]}; for {@link Order#CENTERED}. */
    int[] centers = {};
    /** {@code [token][block][2]}: E + O summed up over either half of a block. */
    int[] sums = {};
    /** d of int8 inputs, {@code [token][block]}. */
    float[] d = {};
    /** c0 as it is stored, {@code [token][block]}. */
    int[] low = {};
    /** c1 as it is stored, {@code [token][block]}. */
    int[] high = {};
    /** Other inputs, {@code [token][block][32]}. */
    float[] numbers = {};

    /** Where a block of a token is in what has one number for each. */
    int at(int token, int block) {
        return token * blocks + block;
    }

    /** The sum of a block's int8 inputs. */
    int total(int block) {
        int a = sums[2 * block];
        int b = sums[2 * block + 1];
        return (short) a + (a >> 16) + (short) b + (b >> 16);
    }

    /** Takes all of {@code x}, a single tile; int8 inputs in {@code newOrder}. */
    void fill(Activations x, Order newOrder) {
        if (x == held && x.version() == version && newOrder == order) {
            return;
        }
        held = x;
        version = x.version();
        order = newOrder;
        blocks = x.blocks();
        int all = x.tokens() * blocks;
        boolean quantized = x.form().kind() == Kind.INT8;
        if (newOrder == Order.CENTERED && centers.length < 8 * all) {
            centers = new int[8 * all];
        }
        if (quantized && d.length < all) {
            pairs = new int[16 * all];
            sums = new int[2 * all];
            d = new float[all];
            low = new int[all];
            high = new int[all];
        } else if (!quantized && numbers.length < BLOCK * all) {
            numbers = new float[BLOCK * all];
        }
        for (int t = 0; t < x.tokens(); t++) {
            switch (x.form().kind()) {
                case INT8 -> quants(x.data(), x.tokens(), t, newOrder);
                case FLOAT32 -> singles(x.data(), x.tokens(), t);
                case BFLOAT16 -> brains(x.data(), x.tokens(), t);
            }
        }
    }

    private void quants(MemorySegment x, int tokens, int t, Order as) {
        for (int b = 0; b < blocks; b++) {
            long at = (long) b * tokens * TOKEN_BYTES;
            plain(x, at + (long) BLOCK * t, at(t, b));
            long extra = at + (long) BLOCK * tokens + 4L * t;
            d[at(t, b)] = x.get(Matrix.F32, extra);
            low[at(t, b)] = x.get(Lanes.I32, extra + 4L * tokens);
            high[at(t, b)] = x.get(Lanes.I32, extra + 8L * tokens);
        }
        switch (as) {
            case PLAIN -> {}
            case BYTES -> bytes(16 * at(t, 0), 16 * at(t + 1, 0));
            case CENTERED -> {
                centers(16 * at(t, 0), 16 * at(t + 1, 0));
                bytes(16 * at(t, 0), 16 * at(t + 1, 0));
            }
            case NIBBLES -> nibbles(16 * at(t, 0), 16 * at(t + 1, 0));
        }
    }

    // Four numbers of two at a time: vectors of 128 bits there are wherever there are any.

    private void plain(MemorySegment x, long at, int block) {
        for (int half = 0; half < 2; half++) {
            ShortVector v = ShortVector.fromMemorySegment(ShortVector.SPECIES_128, x, at + 16L * half, ORDER);
            ShortVector even = v.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
            ShortVector odd = v.lanewise(VectorOperators.ASHR, 8);
            even.reinterpretAsInts().intoArray(pairs, 16 * block + 4 * half);
            odd.reinterpretAsInts().intoArray(pairs, 16 * block + 8 + 4 * half);
            ShortVector both = even.add(odd);
            LongVector sum = both.add(both.reinterpretAsLongs()
                            .lanewise(VectorOperators.LSHR, 32)
                            .reinterpretAsShorts())
                    .reinterpretAsLongs();
            int first = (int) sum.lane(0);
            int second = (int) sum.lane(1);
            sums[2 * block + half] = ((first + second) & 0xffff) | (((first >> 16) + (second >> 16)) << 16);
        }
    }

    private void centers(int from, int to) {
        for (int i = from; i < to; i += 16) {
            for (int j = i; j < i + 8; j += 4) {
                IntVector.fromArray(IntVector.SPECIES_128, pairs, j)
                        .reinterpretAsShorts()
                        .add(IntVector.fromArray(IntVector.SPECIES_128, pairs, j + 8)
                                .reinterpretAsShorts())
                        .mul((short) -128)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.XOR, 0x8000)
                        .intoArray(centers, i / 2 + j - i);
            }
        }
    }

    private void bytes(int from, int to) {
        for (int i = from; i < to; i += 16) {
            for (int j = i; j < i + 8; j += 4) {
                ShortVector even =
                        IntVector.fromArray(IntVector.SPECIES_128, pairs, j).reinterpretAsShorts();
                IntVector.fromArray(IntVector.SPECIES_128, pairs, j + 8)
                        .reinterpretAsShorts()
                        .sub(even.lanewise(VectorOperators.LSHL, 8))
                        .reinterpretAsInts()
                        .intoArray(pairs, j + 8);
            }
        }
    }

    private void nibbles(int from, int to) {
        for (int i = from; i < to; i += 16) {
            ShortVector a = IntVector.fromArray(IntVector.SPECIES_128, pairs, i).reinterpretAsShorts();
            ShortVector b =
                    IntVector.fromArray(IntVector.SPECIES_128, pairs, i + 4).reinterpretAsShorts();
            ShortVector c =
                    IntVector.fromArray(IntVector.SPECIES_128, pairs, i + 8).reinterpretAsShorts();
            ShortVector e =
                    IntVector.fromArray(IntVector.SPECIES_128, pairs, i + 12).reinterpretAsShorts();
            b.sub(a.lanewise(VectorOperators.LSHL, 4)).reinterpretAsInts().intoArray(pairs, i + 4);
            c.sub(b.lanewise(VectorOperators.LSHL, 4)).reinterpretAsInts().intoArray(pairs, i + 8);
            e.sub(c.lanewise(VectorOperators.LSHL, 4)).reinterpretAsInts().intoArray(pairs, i + 12);
        }
    }

    private void singles(MemorySegment x, int tokens, int t) {
        for (int b = 0; b < blocks; b++) {
            long at = (long) BLOCK * 4 * (b * tokens + t);
            for (int i = 0; i < BLOCK; i += Lanes.LANES) {
                FloatVector.fromMemorySegment(Lanes.F, x, at + 4L * i, ORDER).intoArray(numbers, at(t, b) * BLOCK + i);
            }
        }
    }

    private void brains(MemorySegment x, int tokens, int t) {
        for (int b = 0; b < blocks; b++) {
            long at = (long) BLOCK * 2 * (b * tokens + t);
            for (int i = 0; i < BLOCK; i++) {
                numbers[at(t, b) * BLOCK + i] = Float.intBitsToFloat(x.get(I16, at + 2L * i) << 16);
            }
        }
    }
}
