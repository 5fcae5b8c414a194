package dev.keiryo.kernel;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector shape in use, 128 to 512 bits as the machine prefers, and what all vector kernels are made of. Only
 * operations with exactly defined results are used, so that interpreted and compiled code agree to the bit: never
 * {@code reduceLanes} that adds floats, nor the transcendental lane operations.
 */
final class Lanes {
    static final VectorSpecies<Float> F = VectorSpecies.of(float.class, shape());
    static final VectorSpecies<Integer> I = F.withLanes(int.class);
    static final VectorSpecies<Short> S = F.withLanes(short.class);
    static final VectorSpecies<Byte> B = F.withLanes(byte.class);
    /** Of half the size. */
    static final VectorSpecies<Byte> HALF = VectorSpecies.of(byte.class, shapeOf(B.vectorBitSize() / 2));
    /** Floats in a vector: 4, 8 or 16. */
    static final int LANES = F.length();

    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** All memory. */
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** Bits of an address: what is ANDed with them is seen by the compiler to lie in {@link #ALL}, and so not checked again. */
    static final long ADDRESSES = (1L << 56) - 1;

    static final ValueLayout.OfFloat F32 = Matrix.F32;
    static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ORDER);
    static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);

    /** Bytes are loaded as many as there are lanes; four of them are no vector, but an int. */
    static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class, shapeOf(Math.max(64, 8 * LANES)));

    static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, shapeOf(16 * LANES));
    private static final IntVector BYTE_SHIFTS = IntVector.zero(I).addIndex(8);

    private static final VectorShuffle<Float> SWAP_8 = swap(8);
    private static final VectorShuffle<Float> SWAP_4 = swap(4);
    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_1 = swap(1);

    static final float LOG2_E = (float) (1 / Math.log(2));
    static final float LN_2 = (float) Math.log(2);
    static final float LN_2_REST = (float) (Math.log(2) - LN_2);
    /** 1.5·2^23: adding it rounds a small number to an integer, which then is in the low bits. */
    static final float ROUND = 0x1.8p23f;

    private Lanes() {}

    private static VectorShape shape() {
        return shapeOf(Math.clamp(FloatVector.SPECIES_PREFERRED.vectorBitSize(), 128, 512));
    }

    private static VectorShape shapeOf(int bits) {
        return VectorShape.forBitSize(bits);
    }

    private static VectorShuffle<Float> swap(int distance) {
        return VectorShuffle.fromOp(F, i -> (i ^ distance) % LANES);
    }

    /** The floats at {@code offset}. */
    static FloatVector floats(MemorySegment data, long offset) {
        return FloatVector.fromMemorySegment(F, data, offset, ORDER);
    }

    /** The first {@code n} floats at {@code offset}, then zeros. */
    static FloatVector floats(MemorySegment data, long offset, int n) {
        return FloatVector.fromMemorySegment(F, data, offset, ORDER, first(n));
    }

    static void store(FloatVector v, MemorySegment data, long offset) {
        v.intoMemorySegment(data, offset, ORDER);
    }

    /** Stores the first {@code n} lanes. */
    static void store(FloatVector v, MemorySegment data, long offset, int n) {
        v.intoMemorySegment(data, offset, ORDER, first(n));
    }

    private static VectorMask<Float> first(int n) {
        return F.indexInRange(0, n);
    }

    /** The unsigned bytes at {@code offset}, one a lane. */
    static IntVector bytes(MemorySegment data, long offset) {
        if (LANES == 4) {
            return IntVector.broadcast(I, data.get(I32, offset))
                    .lanewise(VectorOperators.LSHR, BYTE_SHIFTS)
                    .and(0xff);
        }
        return (IntVector) ByteVector.fromMemorySegment(BYTES, data, offset, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
    }

    /** The signed bytes at {@code offset}, one a lane. */
    static IntVector signedBytes(MemorySegment data, long offset) {
        if (LANES == 4) {
            return bytes(data, offset).lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24);
        }
        return (IntVector)
                ByteVector.fromMemorySegment(BYTES, data, offset, ORDER).convertShape(VectorOperators.B2I, I, 0);
    }

    /** The signed shorts at {@code offset}, one a lane. */
    static IntVector shorts(MemorySegment data, long offset) {
        return (IntVector)
                ShortVector.fromMemorySegment(SHORTS, data, offset, ORDER).convertShape(VectorOperators.S2I, I, 0);
    }

    /** The first {@code n} signed shorts at {@code offset}, then zeros. */
    static IntVector shorts(MemorySegment data, long offset, int n) {
        return (IntVector) ShortVector.fromMemorySegment(SHORTS, data, offset, ORDER, SHORTS.indexInRange(0, n))
                .convertShape(VectorOperators.S2I, I, 0);
    }

    /** Stores floats as bfloat16s, rounded to nearest, ties to even. */
    static void storeBrains(FloatVector v, MemorySegment data, long offset) {
        IntVector bits = v.reinterpretAsInts();
        IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
        IntVector nearest = bits.add(0x7fff).add(odd).lanewise(VectorOperators.LSHR, 16);
        IntVector quiet = bits.or(1 << 22).lanewise(VectorOperators.LSHR, 16);
        nearest.blend(quiet, v.test(VectorOperators.IS_NAN).cast(I))
                .convertShape(VectorOperators.I2S, SHORTS, 0)
                .reinterpretAsShorts()
                .intoMemorySegment(data, offset, ORDER);
    }

    /** Stores the lowest byte of each lane. */
    static void storeBytes(IntVector v, MemorySegment data, long offset) {
        if (LANES == 4) {
            IntVector placed = v.and(0xff).lanewise(VectorOperators.LSHL, BYTE_SHIFTS);
            data.set(I32, offset, placed.reduceLanes(VectorOperators.OR));
        } else {
            v.convertShape(VectorOperators.I2B, BYTES, 0).reinterpretAsBytes().intoMemorySegment(data, offset, ORDER);
        }
    }

    /** As floats; exact below 2^24. */
    static FloatVector toFloat(IntVector v) {
        return (FloatVector) v.convertShape(VectorOperators.I2F, F, 0);
    }

    /** The float16 at {@code offset}. */
    static float half(MemorySegment data, long offset) {
        return Float.float16ToFloat(data.get(I16, offset));
    }

    /** The float32 at {@code offset}. */
    static float single(MemorySegment data, long offset) {
        return data.get(Matrix.F32, offset);
    }

    /** Lane i of the result is lane {@code i ^ distance} of {@code v}; the distance is 1, 2, 4 or 8, and below the number of lanes. */
    static FloatVector swapped(FloatVector v, int distance) {
        return v.rearrange(distance == 1 ? SWAP_1 : distance == 2 ? SWAP_2 : distance == 4 ? SWAP_4 : SWAP_8);
    }

    /**
     * {@code eˣ}, within two units in the last place; 0 and infinity where it leaves float32's range. Vector code has the same
     * written out, to the bit.
     *
     * <p>{@code x = n·ln 2 + r} with {@code |r| ≤ ln(2)/2}; the Taylor polynomial of degree 7 for {@code eʳ}; 2ⁿ in two
     * factors, since n leaves the exponents' range before the result does.
     */
    static float exp(float x) {
        x = Math.min(Math.max(x, -104f), 89f);
        float rounded = Math.fma(x, LOG2_E, ROUND);
        float n = rounded - ROUND;
        float r = Math.fma(n, -LN_2, x) - n * LN_2_REST;
        float p = Math.fma(1f / 5040, r, 1f / 720);
        p = Math.fma(p, r, 1f / 120);
        p = Math.fma(p, r, 1f / 24);
        p = Math.fma(p, r, 1f / 6);
        p = Math.fma(p, r, 0.5f);
        p = Math.fma(p, r, 1f);
        p = Math.fma(p, r, 1f);
        int exponent = Float.floatToRawIntBits(rounded) - Float.floatToRawIntBits(ROUND);
        int half = exponent >> 1;
        return p * Float.intBitsToFloat((half + 127) << 23) * Float.intBitsToFloat((exponent - half + 127) << 23);
    }

    /**
     * {@code tanh x}: the Taylor polynomial of degree 9 below 1/4, where {@code (1 - e)/(1 + e)},
     * {@code e = exp(-2|x|)}, would cancel. Vector code has the same written out, to the bit.
     */
    static float tanh(float x) {
        float z = x * x;
        if (z < 1f / 16) {
            float p = Math.fma(62f / 2835, z, -17f / 315);
            p = Math.fma(p, z, 2f / 15);
            p = Math.fma(p, z, -1f / 3);
            return Math.fma(p * z, x, x);
        }
        float e = exp(Math.abs(x) * -2);
        float large = (1 - e) / (e + 1);
        return x < 0 ? -large : large;
    }
}
