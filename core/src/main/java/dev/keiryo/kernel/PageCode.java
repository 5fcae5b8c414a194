package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.AttentionTile.PAGE;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Prefetch;
import dev.keiryo.assembler.Vec;
import dev.keiryo.cache.KvType;

/** Machine code that brings 16 numbers of a page, as {@link KvType} lays them out, into a register as float32. */
final class PageCode {
    private static final int BLOCK = 32;
    /** Bytes of a block's scales for all positions. */
    private static final int SCALES = 2 * PAGE;

    /** Scales: of 16 positions each for keys; of one position's blocks for values. */
    private static final int SCALE = 20;

    private static final Vec TABLE = Vec.zmm(29);
    private static final Vec WORDS = Vec.ymm(30);

    private final Assembler a;
    private final KvType type;

    PageCode(Assembler a, KvType type) {
        this.a = a;
        this.type = type;
    }

    /** Most rows for which sums leave the registers 20 to 29 alone where these are needed. */
    static int mostRows(KvType type) {
        return type.block() > 1 ? 5 : 6;
    }

    /** To be emitted before all else. */
    void begin() {
        if (type == KvType.Q4_0) {
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

    /** At the start of a block, whose scales are at {@code block}. */
    void beginKeyBlock(Gp block) {
        for (int j = 0; j < 4 && type.block() > 1; j++) {
            a.emit(VCVTPH2PS, Vec.zmm(SCALE + j), Mem.at(block, 32 * j));
        }
    }

    /** Positions {@code 16j …} of the {@code i}-th dimension from {@code at} on. */
    void key(Vec to, Gp at, int i, int j) {
        boolean paired = type == KvType.Q4_0;
        int row = keyStep(paired ? i / 2 * 2 : i);
        convert(to, Mem.at(at, row + 2 * Math.max(bits(), 8) * j), paired ? i % 2 : 0);
        if (type.block() > 1) {
            a.emit(VMULPS, to, to, Vec.zmm(SCALE + j));
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
     * Dimensions {@code 16·vector …} of the {@code i}-th position from {@code at} on; vectors of a block in their order.
     *
     * @param scales the first block's scale of the first position
     */
    void value(Vec to, Gp at, Gp scales, int dim, int i, int vector) {
        boolean second = vector % 2 == 1;
        if (type.block() == 1) {
            convert(to, Mem.at(at, i * valueStride(dim) + 2 * bits() * vector), 0);
            return;
        }
        Vec scale = Vec.zmm(SCALE);
        if (!second) {
            a.emit(VPBROADCASTW, WORDS, Mem.at(scales, SCALES * (vector / 2) + 2 * i));
            a.emit(VCVTPH2PS, scale, WORDS);
        }
        int offset = type == KvType.Q8_0 ? 16 * vector : 16 * (vector / 2);
        convert(to, Mem.at(at, i * valueStride(dim) + offset), second ? 1 : 0);
        a.emit(VMULPS, to, to, scale);
    }

    /** Sixteen numbers without their scales; {@code half} says which half of the bytes, where numbers share them. */
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
                // Selects by the lowest four bits.
                a.emit(VPERMPS, to, to, TABLE);
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
        Assembler a = new Assembler();
        PageCode page = new PageCode(a, type);
        page.begin();
        int step = Math.max(type.block(), 1);
        Loop blocks = new Loop(a, Gp.RAX, dim / step);
        page.prefetch(Gp.RDX, ahead, dim / step);
        page.beginKeyBlock(Gp.RDI);
        a.add(Gp.RDI, page.keyScaleBytes());
        for (int i = 0; i < step; i++) {
            for (int j = 0; j < 4; j++) {
                page.key(Vec.zmm(j), Gp.RDI, i, j);
                a.emit(VMOVUPS, Mem.at(Gp.RSI, 4 * (PAGE * i + 16 * j)), Vec.zmm(j));
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
        Assembler a = new Assembler();
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
        Loop positions = new Loop(a, Gp.RCX);
        page.prefetch(Gp.R8, ahead, PAGE);
        for (int v = 0; v < dim / 16; v++) {
            page.value(Vec.zmm(v % 2), Gp.RDI, scales, dim, 0, v);
            a.emit(VMOVUPS, Mem.at(Gp.RSI, 64 * v), Vec.zmm(v % 2));
        }
        a.add(Gp.RDI, page.valueStride(dim));
        a.add(Gp.RSI, 4 * dim);
        a.add(scales, 2);
        positions.end();
        a.vzeroupper();
        a.ret();
        return a.finish();
    }

    /** Asks for one part of {@code parts} of so many bytes. */
    void prefetch(Gp at, int bytes, int parts) {
        int lines = Math.ceilDiv(bytes, 64 * parts);
        for (int i = 0; i < lines; i++) {
            a.prefetch(Prefetch.T0, Mem.at(at, 64 * i));
        }
        if (lines > 0) {
            a.add(at, 64 * lines);
        }
    }
}
