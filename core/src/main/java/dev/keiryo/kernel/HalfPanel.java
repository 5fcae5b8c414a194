package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;
import dev.keiryo.tensor.BlockCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A part of half a panel times all tokens of {@link StackSums}, whole numbers.
 *
 * <p>Bytes are multiplied in pairs to 16 bits, which would saturate: as many of these as are sure not to leave 16 bits are
 * added before they are widened. For quants of 8 bits, which are signed here, it is the other factor that gets their sign, since one of
 * both has to be unsigned. With AVX-VNNI none of this is needed.
 */
final class HalfPanel {
    private static final int BYTES = 32;
    /** Largest product of two bytes and their sum: {@link Activations} have at most 127. */
    private static final int PAIR = 2 * 127;

    private static final int ONES = 0x00010001;
    private static final int ONE_BYTES = 0x01010101;
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    /** Four times the token's number. */
    private static final Gp INDEX = Gp.R11;

    /** A product, and a second one. */
    private static final Vec T = PanelCode.TEMPORARY;

    private static final Vec U = PanelCode.OTHER;

    private final StackSums all;
    private final Assembler a;
    private final int tokens;
    private final BlockCodec codec;
    private final int half;
    private final int runs;
    /** Registers of a run. */
    private final int quads;
    /** How many products are added in 16 bits. */
    private final int chunk;

    private final boolean signed;
    private final List<Vec> sums = new ArrayList<>();
    /** Ones of 16 bits, by which products are widened. */
    private final Operand ones;

    private boolean looped;

    HalfPanel(StackSums all, PanelCode panel, BlockCodec codec, int half) {
        this.all = all;
        this.a = all.a;
        this.tokens = all.tokens;
        this.codec = codec;
        this.half = half;
        this.runs = Activations.BLOCK / codec.run();
        this.quads = codec.run() / 4;
        this.signed = panel.signed();
        this.chunk = Simd.VNNI ? quads : signed ? 1 : Math.min(quads, Short.MAX_VALUE / (PAIR * panel.largest()));
        if (chunk == quads) {
            sums.add(U);
        }
        if (runs == 1) {
            sums.add(PanelCode.SCALE_1);
        }
        if (runs == 1 || !codec.hasOffset()) {
            sums.add(PanelCode.OFFSET_1);
        }
        if (!codec.hasOffset()) {
            sums.add(PanelCode.OFFSET_0);
        }
        sums.addAll(Arrays.asList(panel.unused()));
        ones = tokens > 1 && sums.size() > runs && !Simd.VNNI ? sums.removeLast() : Simd.all(a, ONES);
    }

    void emit() {
        if (ones instanceof Vec register) {
            a.emit(VMOVUPS, register, Simd.all(a, ONES));
        }
        if (signed && tokens > 1) {
            for (int q = 0; q < 8; q++) {
                a.emit(VMOVUPS, Mem.at(Gp.RSP, StackSums.MORE + BYTES * q), PanelCode.quant(q));
                a.emit(VPABSB, PanelCode.quant(q), PanelCode.quant(q));
            }
        }
        // As many sums in turn as there are registers: a sum's products wait for one another.
        int most = Math.min(4, sums.size() / runs);
        int rounds = tokens / most;
        if (rounds > 1) {
            looped = true;
            a.mov(INDEX, 0);
            Label next = a.label();
            a.align(16);
            a.bind(next);
            tokens(0, most);
            a.add(INDEX, 4 * most);
            a.cmp(INDEX, 4 * most * rounds);
            a.jump(Condition.L, next);
            looped = false;
        } else {
            rounds = 0;
        }
        for (int t = most * rounds; t < tokens; t += most) {
            tokens(t, Math.min(most, tokens - t));
        }
    }

    private Mem indexed(Mem m, int scale) {
        return looped ? m.indexed(INDEX, scale) : m;
    }

    private Mem numbers(int t, int i) {
        return indexed(all.number(t, i, 1), 8);
    }

    private Vec sum(int i, int run) {
        return sums.get(i * runs + run);
    }

    /** The tokens {@code [from, from + n)}. */
    private void tokens(int from, int n) {
        if (Simd.VNNI) {
            summed(from, n);
        } else if (chunk == quads) {
            inTurn(from, n);
        } else {
            inChunks(from, n);
        }
        for (int i = 0; i < n; i++) {
            if (!Simd.VNNI) {
                complete(from + i, i);
            }
            add(from + i, i);
        }
    }

    /** All products of a run, and what stands for the quant that is zero. */
    private void summed(int from, int n) {
        for (int i = 0; i < n; i++) {
            for (int run = 0; run < runs; run++) {
                if (codec.hasOffset()) {
                    Simd.clear(a, sum(i, run));
                } else {
                    a.emit(VPBROADCASTD, sum(i, run), indexed(all.extra(from + i, 1 + run), 1));
                }
            }
        }
        for (int j = 0; j < quads; j++) {
            for (int i = 0; i < n; i++) {
                for (int run = 0; run < runs; run++) {
                    int q = run * quads + j;
                    a.emit(VPBROADCASTD, T, numbers(from + i, 4 * q));
                    a.emit(VEX_VPDPBUSD, sum(i, run), PanelCode.quant(q), T);
                }
            }
        }
    }

    /** All products of a run in 16 bits. */
    private void inTurn(int from, int n) {
        for (int j = 0; j < quads; j++) {
            for (int i = 0; i < n; i++) {
                for (int run = 0; run < runs; run++) {
                    int q = run * quads + j;
                    Vec sum = sum(i, run);
                    a.emit(VPBROADCASTD, T, numbers(from + i, 4 * q));
                    a.emit(VPMADDUBSW, j == 0 ? sum : T, PanelCode.quant(q), T);
                    if (j > 0) {
                        a.emit(VPADDW, sum, sum, T);
                    }
                }
            }
        }
        for (int i = 0; i < n * runs; i++) {
            a.emit(VPMADDWD, sums.get(i), sums.get(i), ones);
        }
    }

    private void inChunks(int from, int n) {
        for (int j = 0; j < quads; j += chunk) {
            for (int i = 0; i < n; i++) {
                for (int run = 0; run < runs; run++) {
                    int q = run * quads + j;
                    Vec sum = sum(i, run);
                    Vec product =
                            signed ? signedProduct(from + i, q) : products(from + i, q, Math.min(chunk, quads - j));
                    a.emit(VPMADDWD, j == 0 ? sum : product, product, ones);
                    if (j > 0) {
                        a.emit(VPADDD, sum, sum, product);
                    }
                }
            }
        }
    }

    private Vec products(int t, int from, int count) {
        for (int q = from; q < from + count; q++) {
            a.emit(VPBROADCASTD, T, numbers(t, 4 * q));
            a.emit(VPMADDUBSW, q == from ? U : T, PanelCode.quant(q), T);
            if (q > from) {
                a.emit(VPADDW, U, U, T);
            }
        }
        return U;
    }

    private Vec signedProduct(int t, int q) {
        Vec quant = PanelCode.quant(q);
        a.emit(VPBROADCASTD, T, numbers(t, 4 * q));
        if (tokens > 1) {
            a.emit(VPSIGNB, T, T, Mem.at(Gp.RSP, StackSums.MORE + BYTES * q));
            a.emit(VPMADDUBSW, T, quant, T);
        } else {
            a.emit(VPSIGNB, T, T, quant);
            a.emit(VPABSB, U, quant);
            a.emit(VPMADDUBSW, T, U, T);
        }
        return T;
    }

    /** Adds what stands for the quant that is zero; where quants were signed, they were less 128. */
    private void complete(int t, int i) {
        Mem shared = indexed(StackSums.word(t), 1);
        if (signed && codec.hasOffset() && half == 1) {
            a.emit(VPBROADCASTD, T, shared);
            a.emit(VPADDD, sum(i, 0), sum(i, 0), T);
        } else if (signed && codec.hasOffset()) {
            a.emit(VMOVUPS, U, Simd.all(a, ONE_BYTES));
            a.emit(VPMADDUBSW, U, U, numbers(t, 0));
            a.emit(VPMADDWD, U, U, Simd.all(a, 128 * ONES));
            a.emit(VPERMQ, T, U, SWAP_HALVES);
            a.emit(VPADDD, U, U, T);
            a.emit(VPSHUFD, T, U, SWAP_HALVES);
            a.emit(VPADDD, U, U, T);
            a.emit(VPSHUFD, T, U, SWAP_NEIGHBOURS);
            a.emit(VPADDD, U, U, T);
            a.emit(VMOVD, shared, U.withBits(128));
            a.emit(VPADDD, sum(i, 0), sum(i, 0), U);
        } else if (!signed && !codec.hasOffset()) {
            for (int run = 0; run < runs; run++) {
                a.emit(VPBROADCASTD, T, indexed(all.extra(t, 1 + run), 1));
                a.emit(VPADDD, sum(i, run), sum(i, run), T);
            }
        }
    }

    private void add(int t, int i) {
        Vec sum = sum(i, 0);
        a.emit(VCVTDQ2PS, sum, sum);
        a.emit(VMULPS, sum, sum, PanelCode.SCALE_0);
        if (runs == 2) {
            a.emit(VCVTDQ2PS, sum(i, 1), sum(i, 1));
            a.emit(VFMADD231PS, sum, sum(i, 1), PanelCode.SCALE_1);
        }
        Mem total = indexed(StackSums.sum(t, half), 8);
        a.emit(VBROADCASTSS, T, indexed(all.extra(t, 0), 1));
        a.emit(VFMADD213PS, sum, T, total);
        for (int run = 0; run < runs && codec.hasOffset(); run++) {
            a.emit(VBROADCASTSS, T, indexed(all.extra(t, 1 + run), 1));
            a.emit(VFMADD231PS, sum, run == 0 ? PanelCode.OFFSET_0 : PanelCode.OFFSET_1, T);
        }
        a.emit(VMOVUPS, total, sum);
    }
}
