package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.AttentionTile.PAGE;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Prefetch;
import dev.keiryo.assembler.Vec;
import dev.keiryo.cache.KvType;

/** Machine code that brings a vector of numbers of a page, as {@link KvType} lays them out, into a register as float32. */
final class PageCode {
    private static final int BLOCK = 32;
    /** Bytes of a block's scales for all positions. */
    private static final int SCALES = 2 * PAGE;

    /** Registers for scales where whole pages are decoded. */
    private static final int DECODING_SCALES = 8;

    /** The numbers of 4 bits, with AVX-512. */
    private static final Vec TABLE = Simd.vec(Simd.WIDE ? 31 : 15);

    private final Assembler a;
    private final KvType type;
    private int scale = DECODING_SCALES;

    PageCode(Assembler a, KvType type) {
        this.a = a;
        this.type = type;
    }

    /** Most rows whose sums, with all else, find room in the registers. */
    static int mostRows(KvType type) {
        return (Simd.WIDE ? 6 : 5) - (type.block() > 1 ? 1 : 0);
    }

    /** How many vectors are summed at once for each of so many rows. */
    static int vectors(KvType type, int rows) {
        if (Simd.WIDE) {
            return 4;
        }
        return type.block() > 1 ? rows <= 2 ? 4 : 2 : rows == 1 ? 8 : rows <= 3 ? 4 : 2;
    }

    /** How many registers of scales come with so many vectors. */
    int scales(int vectors) {
        return type.block() > 1 ? vectors : 0;
    }

    /** Sets the first of these registers: scales of positions each for keys; of one position's block for values. */
    void scalesFrom(int register) {
        scale = register;
    }

    /** To be emitted before all else. */
    void begin() {
        if (type == KvType.Q4_0 && Simd.WIDE) {
            int[] numbers = new int[16];
            for (int q = 0; q < numbers.length; q++) {
                numbers[q] = Float.floatToRawIntBits(q - 8);
            }
            a.emit(VMOVUPS, TABLE, a.constant(numbers));
        }
    }

    // ---- keys: lanes are positions

    /** Bytes of a block's scales. */
    int keyScaleBytes() {
        return type.block() > 1 ? SCALES : 0;
    }

    /** Bytes of {@code dims} dimensions, an even number where two share bytes. */
    int keyStep(int dims) {
        return dims * PAGE * bits() / 8;
    }

    /** At the start of a block, whose scales are at {@code block}: for so many vectors of positions. */
    void beginKeyBlock(Gp block, int first, int vectors) {
        for (int j = 0; j < vectors && type.block() > 1; j++) {
            a.emit(VCVTPH2PS, Simd.vec(scale + j), Mem.at(block, Simd.BYTES / 2 * (first + j)));
        }
    }

    /**
     * A vector of positions of the {@code i}-th dimension from {@code at} on.
     *
     * @param vector which of the page
     * @param j which of those for whose scales there are registers
     */
    void key(Vec to, Gp at, int i, int vector, int j) {
        boolean paired = type == KvType.Q4_0;
        int row = keyStep(paired ? i / 2 * 2 : i);
        convert(to, Mem.at(at, row + Simd.LANES * Math.max(bits(), 8) / 8 * vector), paired ? i % 2 : 0);
        if (type.block() > 1) {
            a.emit(VMULPS, to, to, Simd.vec(scale + j));
        }
    }

    // ---- values: lanes are dimensions

    /** Bytes of a position's numbers, {@code dim} of them. */
    int valueStride(int dim) {
        return dim * bits() / 8;
    }

    /** Bytes of the scales before the numbers. */
    int valueScaleBytes(int dim) {
        return type.block() > 1 ? SCALES * (dim / BLOCK) : 0;
    }

    /**
     * A vector of dimensions of the position at {@code at}; vectors of a block in their order.
     *
     * @param scales the first block's scale of the position
     * @param anew whether the scale is to be loaded in any case
     */
    void value(Vec to, Gp at, Gp scales, int vector, boolean anew) {
        int dimension = Simd.LANES * vector;
        if (type.block() == 1) {
            convert(to, Mem.at(at, dimension * bits() / 8), 0);
            return;
        }
        Vec factor = Simd.vec(scale);
        int block = dimension / BLOCK;
        if (anew || dimension % BLOCK == 0) {
            Vec half = factor.withBits(factor.bits() / 2);
            a.emit(VPBROADCASTW, half, Mem.at(scales, SCALES * block));
            a.emit(VCVTPH2PS, factor, half);
        }
        boolean paired = type == KvType.Q4_0;
        int offset = paired ? BLOCK / 2 * block + dimension % (BLOCK / 2) : dimension;
        convert(to, Mem.at(at, offset), paired ? dimension % BLOCK / (BLOCK / 2) : 0);
        a.emit(VMULPS, to, to, factor);
    }

    /** A vector of numbers without their scales; {@code half} says which half of the bytes, where numbers share them. */
    private void convert(Vec to, Mem from, int half) {
        switch (type) {
            case F32 -> a.emit(VMOVUPS, to, from);
            case F16 -> a.emit(VCVTPH2PS, to, from);
            case BF16 -> {
                a.emit(VPMOVZXWD, to, from);
                a.emit(VPSLLD, to, to, 16);
            }
            case Q8_0 -> {
                a.emit(VPMOVSXBD, to, from);
                a.emit(VCVTDQ2PS, to, to);
            }
            case Q4_0 -> {
                a.emit(VPMOVZXBD, to, from);
                if (half == 1) {
                    a.emit(VPSRLD, to, to, 4);
                }
                if (Simd.WIDE) {
                    // Selects by the lowest four bits.
                    a.emit(VPERMPS, to, to, TABLE);
                } else {
                    if (half == 0) {
                        a.emit(VPAND, to, to, Simd.all(a, 15));
                    }
                    a.emit(VPSUBD, to, to, Simd.all(a, 8));
                    a.emit(VCVTDQ2PS, to, to);
                }
            }
        }
    }

    private int bits() {
        return switch (type) {
            case F32 -> 32;
            case F16, BF16 -> 16;
            case Q8_0 -> 8;
            case Q4_0 -> 4;
        };
    }

    // ---- whole pages

    /** A function that decodes a head's keys at rdi to float32 {@code [dim, 64]} at rsi, and asks for memory at rdx. */
    static byte[] decodeKeys(KvType type, int dim, int ahead) {
        Assembler a = Simd.assembler();
        PageCode page = new PageCode(a, type);
        page.begin();
        int step = Math.max(type.block(), 1);
        AheadCode next = new AheadCode(a, Prefetch.T0, Gp.RDX, ahead);
        next.rest(dim / step);
        Loop blocks = new Loop(a, Gp.RAX, dim / step);
        next.step(dim / step);
        int vectors = PAGE / Simd.LANES;
        page.beginKeyBlock(Gp.RDI, 0, vectors);
        a.add(Gp.RDI, page.keyScaleBytes());
        for (int i = 0; i < step; i++) {
            for (int j = 0; j < vectors; j++) {
                page.key(Simd.vec(j), Gp.RDI, i, j, j);
                a.emit(VMOVUPS, Mem.at(Gp.RSI, 4 * PAGE * i + Simd.BYTES * j), Simd.vec(j));
            }
        }
        a.add(Gp.RDI, page.keyStep(step));
        a.add(Gp.RSI, 4 * PAGE * step);
        blocks.end();
        a.vzeroupper();
        a.ret();
        return a.finish();
    }

    /**
     * A function that decodes positions {@code [rdx, rcx)} of a head's values at rdi to float32 {@code [64, dim]} at rsi, and asks
     * for memory at r8.
     */
    static byte[] decodeValues(KvType type, int dim, int ahead) {
        Assembler a = Simd.assembler();
        PageCode page = new PageCode(a, type);
        page.begin();
        Gp scales = Gp.R9;
        a.sub(Gp.RCX, Gp.RDX);
        a.lea(scales, Mem.at(Gp.RDI, Gp.RDX, 2));
        a.imul(Gp.RAX, Gp.RDX, page.valueStride(dim));
        a.add(Gp.RDI, Gp.RAX);
        a.add(Gp.RDI, page.valueScaleBytes(dim));
        a.imul(Gp.RAX, Gp.RDX, 4 * dim);
        a.add(Gp.RSI, Gp.RAX);
        AheadCode next = new AheadCode(a, Prefetch.T0, Gp.R8, ahead);
        next.rest(PAGE);
        Loop positions = new Loop(a, Gp.RCX);
        next.step(PAGE);
        for (int v = 0; v < dim / Simd.LANES; v++) {
            page.value(Simd.vec(v % 2), Gp.RDI, scales, v, false);
            a.emit(VMOVUPS, Mem.at(Gp.RSI, Simd.BYTES * v), Simd.vec(v % 2));
        }
        a.add(Gp.RDI, page.valueStride(dim));
        a.add(Gp.RSI, 4 * dim);
        a.add(scales, 2);
        positions.end();
        a.vzeroupper();
        a.ret();
        return a.finish();
    }
}
