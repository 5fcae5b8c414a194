package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.CpuFeatures;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Instruction;
import dev.keiryo.assembler.Mask;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;
import java.util.Arrays;

/**
 * The vectors that machine code is written for, chosen once by the processor: 32 registers of sixteen lanes of 32 bits with AVX-512 and
 * VNNI, 16 registers of eight with AVX2, FMA and F16C. What both can do is written with {@link #vec} and {@link #LANES}; what they
 * do differently is here.
 */
final class Simd {
    static final CpuFeatures CPU = CpuFeatures.detect();

    /** AVX-512. */
    static final boolean WIDE = CPU.avx512() && CPU.avx512vnni();

    /** Whether this processor has one of the two, and the system lets code run. */
    static final boolean POSSIBLE = WIDE || (CPU.avx2() && CPU.fma() && CPU.f16c());

    /** AVX2 with products of bytes summed in 32 bits. */
    static final boolean VNNI = !WIDE && CPU.avxvnni();

    /** Of 32 bits. */
    static final int LANES = WIDE ? 16 : 8;

    /** Of a vector. */
    static final int BYTES = 4 * LANES;

    static final Instruction AND = WIDE ? VPANDD : VPAND;
    static final Instruction OR = WIDE ? VPORD : VPOR;
    static final Instruction XOR = WIDE ? VPXORD : VPXOR;

    /** Predicates of {@link #compare}, ordered: false where a number is NaN. */
    static final int LESS = 1;

    static final int UNORDERED = 3;
    static final int GREATER = 30;

    private static final int TO_NEAREST = 8;
    private static final int EXPONENT = 23;
    private static final int BIAS = 127;

    private Simd() {}

    /** What writes code for this processor, and refuses what it does not have. */
    static Assembler assembler() {
        return WIDE ? new Assembler() : Assembler.withoutAvx512();
    }

    /** Register {@code i} in its whole width; above 15 with AVX-512 alone. */
    static Vec vec(int i) {
        return WIDE ? Vec.zmm(i) : Vec.ymm(i);
    }

    /** A mask for {@link #below} and the like: a mask register, or with AVX2 a vector whose lanes are all ones or all zeros. */
    static Operand mask(int k, int vector) {
        return WIDE ? new Mask(k) : Vec.ymm(vector);
    }

    /** The word in every lane, as an operand. */
    static Mem all(Assembler a, int word) {
        if (WIDE) {
            return a.constant(word).broadcast();
        }
        int[] words = new int[LANES];
        Arrays.fill(words, word);
        return a.constant(words);
    }

    /** The float32 nearest to {@code value} in every lane, as an operand. */
    static Mem all(Assembler a, double value) {
        return all(a, Float.floatToRawIntBits((float) value));
    }

    /** The words {@code from, from + 1, …}, one in each lane, as an operand. */
    static Mem counting(Assembler a, int from) {
        int[] words = new int[LANES];
        Arrays.setAll(words, i -> from + i);
        return a.constant(words);
    }

    /** The lower 32 bits of {@code from} in every lane of {@code to}. */
    static void broadcast(Assembler a, Vec to, Gp from) {
        if (WIDE) {
            a.emit(VPBROADCASTD, to, from);
        } else {
            a.emit(VMOVD, to.withBits(128), from);
            a.emit(VPBROADCASTD, to, to.withBits(128));
        }
    }

    static void clear(Assembler a, Vec v) {
        a.emit(XOR, v, v, v);
    }

    /** {@code to |= bits & mask}; bits are lost. */
    static void orMasked(Assembler a, Vec to, Vec bits, Operand mask) {
        if (WIDE) {
            a.emit(VPTERNLOGD, to, bits, mask, 0xf8);
        } else {
            a.emit(AND, bits, bits, mask);
            a.emit(OR, to, to, bits);
        }
    }

    /** The lanes at {@code from}, shifted right by {@code bits}, or left where that is negative. */
    static void shifted(Assembler a, Vec to, Mem from, int bits) {
        Instruction shift = bits > 0 ? VPSRLD : VPSLLD;
        if (bits == 0) {
            a.emit(VMOVUPS, to, from);
        } else if (WIDE) {
            a.emit(shift, to, from, Math.abs(bits));
        } else {
            a.emit(VMOVUPS, to, from);
            a.emit(shift, to, to, Math.abs(bits));
        }
    }

    /** To whole numbers, ties to even. */
    static void round(Assembler a, Vec to, Vec x) {
        a.emit(WIDE ? VRNDSCALEPS : VROUNDPS, to, x, TO_NEAREST);
    }

    /** {@code to = x·2ⁿ} for whole n from -250 to 250, rounded once; x and n are lost. */
    static void scale(Assembler a, Vec to, Vec x, Vec n) {
        if (WIDE) {
            a.emit(VSCALEFPS, to, x, n);
            return;
        }
        // By two factors, as one alone would leave the range of exponents.
        a.emit(VCVTPS2DQ, n, n);
        a.emit(VPSRAD, to, n, 1);
        a.emit(VPSUBD, n, n, to);
        for (Vec half : new Vec[] {to, n}) {
            a.emit(VPSLLD, half, half, EXPONENT);
            a.emit(VPADDD, half, half, all(a, BIAS << EXPONENT));
            a.emit(VMULPS, x, x, half);
        }
        a.emit(VMOVAPS, to, x);
    }

    /** {@code mask[i] = i < n}, n below 2³¹ and possibly negative; two vectors are overwritten, of which the mask may be one. */
    static void below(Assembler a, Operand mask, Gp n, Vec t1, Vec t2) {
        a.emit(VMOVUPS, t1, counting(a, 0));
        broadcast(a, t2, n);
        below(a, mask, t1, t2);
    }

    /** {@code mask[i] = x[i] < y[i]} for whole numbers. */
    static void below(Assembler a, Operand mask, Vec x, Vec y) {
        if (WIDE) {
            a.emit(VPCMPD, mask, x, y, LESS);
        } else {
            a.emit(VPCMPGTD, mask, y, x);
        }
    }

    /** {@code mask[i] = x[i] ? y[i]} by predicate. */
    static void compare(Assembler a, Operand mask, Vec x, Operand y, int predicate) {
        a.emit(VCMPPS, like(mask, x), x, y, predicate);
    }

    /** What the instruction makes of x, 0 in lanes that the mask does not take. */
    static void only(Assembler a, Operand mask, Instruction instruction, Vec to, Operand x) {
        if (mask instanceof Mask k) {
            a.zeroing(k).emit(instruction, to, x);
        } else {
            a.emit(instruction, to, x);
            a.emit(VPAND, to, to, like(mask, to));
        }
    }

    /** What the instruction makes of x and y, 0 in lanes that the mask does not take. */
    static void only(Assembler a, Operand mask, Instruction instruction, Vec to, Vec x, Operand y) {
        if (mask instanceof Mask k) {
            a.zeroing(k).emit(instruction, to, x, y);
        } else {
            a.emit(instruction, to, x, y);
            a.emit(VPAND, to, to, like(mask, to));
        }
    }

    /** A bit for each lane. */
    static void bits(Assembler a, Gp to, Operand mask) {
        a.emit(WIDE ? KMOVW : VMOVMSKPS, to, mask);
    }

    /** A mask that is a vector, as wide as another. */
    private static Operand like(Operand mask, Vec other) {
        return mask instanceof Vec vector ? vector.withBits(other.bits()) : mask;
    }

    /** {@code to[i] = mask[i] ? yes[i] : no[i]}. */
    static void choose(Assembler a, Operand mask, Vec to, Vec no, Vec yes) {
        if (mask instanceof Mask k) {
            a.masked(k).emit(VBLENDMPS, to, no, yes);
        } else {
            a.emit(VBLENDVPS, to, no, yes, like(mask, to));
        }
    }

    /** The mask of which memory has a bit for each lane. */
    static void loadMask(Assembler a, Operand mask, Mem from) {
        if (mask instanceof Vec vector) {
            a.emit(VPBROADCASTB, vector, from);
            eachOwnBit(a, vector);
        } else {
            a.emit(KMOVW, mask, from);
        }
    }

    /** The mask of which a register has a bit for each lane, from the lowest on. */
    static void loadMask(Assembler a, Operand mask, Gp from) {
        if (mask instanceof Vec vector) {
            broadcast(a, vector, from);
            eachOwnBit(a, vector);
        } else {
            a.emit(KMOVW, mask, from);
        }
    }

    private static void eachOwnBit(Assembler a, Vec vector) {
        Mem own = a.constant(1, 2, 4, 8, 16, 32, 64, 128);
        a.emit(VPAND, vector, vector, own);
        a.emit(VPCMPEQD, vector, vector, own);
    }

    /** The numbers in memory that the mask takes, 0 for the others, whose memory is not read. */
    static void load(Assembler a, Operand mask, Vec to, Mem from) {
        if (mask instanceof Mask k) {
            a.zeroing(k).emit(VMOVUPS, to, from);
        } else {
            a.emit(VMASKMOVPS, to, like(mask, to), from);
        }
    }

    /** Writes the numbers that the mask takes, and no others. */
    static void store(Assembler a, Operand mask, Mem to, Vec from) {
        if (mask instanceof Mask k) {
            a.masked(k).emit(VMOVUPS, to, from);
        } else {
            a.emit(VMASKMOVPS, to, like(mask, from), from);
        }
    }
}
