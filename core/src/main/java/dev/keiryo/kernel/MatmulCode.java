package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Prefetch;
import dev.keiryo.assembler.Vec;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.TensorType;

/**
 * Machine code for {@link Kernels#matmul}: panels of one format times some tokens of a tile, AVX-512 with VNNI. Arguments:
 *
 * <pre>
 *   rdi  the first panel; more follow it     rcx  how many panels
 *   rsi  the tile                            r8   blocks of the format in a row
 *   rdx  y of the first row, first token     r9   bytes from a token's y to the next one's
 * </pre>
 *
 * A lane is a row: register t sums token t's products with 16 rows, over all blocks. For each part of a block the weights
 * come into registers once, {@link PanelCode}, and serve all tokens, whose numbers are broadcast from memory.
 */
final class MatmulCode {
    /** Most tokens at once with float32 inputs: two registers each. */
    static final int FLOAT_TOKENS = 8;

    /** How far ahead of the block in use memory is asked for. */
    private static final int AHEAD = 4096;

    private static final Gp W = Gp.RDI;
    private static final Gp X = Gp.RSI;
    private static final Gp Y = Gp.RDX;
    private static final Gp PANELS = Gp.RCX;
    private static final Gp BLOCKS = Gp.R8;
    private static final Gp Y_STRIDE = Gp.R9;
    /** The tile's current block. */
    private static final Gp AT = Gp.RAX;

    private static final Gp COUNTER = Gp.R10;

    /** Sums of a block with float32 inputs; token t's sum over all is in register t. */
    private static final int BLOCK_SUM = 8;

    private static final Vec BYTE = Vec.zmm(29);

    private final Assembler a;
    private final TensorType type;
    private final PanelLayout layout;
    private final Kind kind;
    private final int tile;
    private final int first;
    private final int tokens;

    private MatmulCode(Assembler a, TensorType type, Kind kind, int tile, int first, int tokens) {
        this.a = a;
        this.type = type;
        this.layout = PanelLayout.of(type);
        this.kind = kind;
        this.tile = tile;
        this.first = first;
        this.tokens = tokens;
    }

    /** The function for {@code tokens} tokens, from {@code first} on, of a tile of {@code tile}. */
    static EmittedFunction function(TensorType type, Kind kind, int tile, int first, int tokens) {
        return new EmittedFunction(a -> new MatmulCode(a, type, kind, tile, first, tokens).emit());
    }

    private void emit() {
        BlockCodec codec = Codecs.block(type);
        PanelCode panel = codec == null ? null : PanelCode.of(type);
        if (panel != null) {
            panel.begin(a);
        }
        Label nextPanel = a.label();
        a.bind(nextPanel);
        a.mov(AT, X);
        a.mov(COUNTER, BLOCKS);
        for (int t = 0; t < tokens; t++) {
            clear(Vec.zmm(t));
        }
        Label nextBlock = a.label();
        a.align(16);
        a.bind(nextBlock);
        int blockBytes = Panels.ROWS * layout.blockBytes();
        int parts = layout.block() / Activations.BLOCK;
        for (int part = 0; part < parts; part++) {
            prefetch(blockBytes * part / parts, blockBytes * (part + 1) / parts);
            if (codec == null || panel == null) {
                dense();
            } else {
                panel.part(a, part);
                if (kind == Kind.INT8) {
                    wholeNumbers(codec);
                } else {
                    decoded(codec);
                }
            }
            a.add(AT, tile * kind.blockBytes());
        }
        a.add(W, blockBytes);
        a.dec(COUNTER);
        a.jump(Condition.NE, nextBlock);
        a.mov(AT, Y);
        for (int t = 0; t < tokens; t++) {
            a.emit(VMOVUPS, Mem.at(AT), Vec.zmm(t));
            if (t < tokens - 1) {
                a.add(AT, Y_STRIDE);
            }
        }
        a.add(Y, 4 * Panels.ROWS);
        a.dec(PANELS);
        a.jump(Condition.NE, nextPanel);
        a.vzeroupper();
        a.ret();
    }

    /** Asks for the lines that begin in {@code [from, to)} of what is {@link #AHEAD}: a few at a time, not a block's at once. */
    private void prefetch(int from, int to) {
        for (int line = Math.ceilDiv(from, 64) * 64; line < to && first == 0; line += 64) {
            a.prefetch(Prefetch.T0, Mem.at(W, AHEAD + line));
        }
    }

    private void clear(Vec v) {
        a.emit(VPXORD, v, v, v);
    }

    /** Number {@code i} of token t's block, {@code bytes} each. */
    private Mem number(int t, int i, int bytes) {
        return Mem.at(AT, ((first + t) * Activations.BLOCK + i) * bytes).broadcast();
    }

    /** Token t's d, c0 or c1. */
    private Mem extra(int t, int which) {
        return Mem.at(AT, tile * (Activations.BLOCK + 4 * which) + 4 * (first + t));
    }

    private void wholeNumbers(BlockCodec codec) {
        boolean halves = codec.run() < Activations.BLOCK;
        for (int t = 0; t < tokens; t++) {
            products(codec, t, PanelCode.TEMPORARY, 0, halves ? 4 : 8, extra(t, 1));
            a.emit(VMULPS, PanelCode.TEMPORARY, PanelCode.TEMPORARY, PanelCode.SCALE_0);
            if (halves) {
                products(codec, t, BYTE, 4, 8, extra(t, 2));
                a.emit(VFMADD231PS, PanelCode.TEMPORARY, BYTE, PanelCode.SCALE_1);
            }
            a.emit(VFMADD231PS, Vec.zmm(t), PanelCode.TEMPORARY, extra(t, 0).broadcast());
            if (codec.hasOffset()) {
                a.emit(VFMADD231PS, Vec.zmm(t), PanelCode.OFFSET_0, extra(t, 1).broadcast());
            }
            if (codec.hasOffset() && halves) {
                a.emit(VFMADD231PS, Vec.zmm(t), PanelCode.OFFSET_1, extra(t, 2).broadcast());
            }
        }
    }

    /** {@code to = float(completion + Σ u·q)} over the quants' registers {@code [from, end)}. */
    private void products(BlockCodec codec, int t, Vec to, int from, int end, Mem completion) {
        if (codec.hasOffset()) {
            clear(to);
        } else {
            a.emit(VPBROADCASTD, to, completion);
        }
        for (int j = from; j < end; j++) {
            a.emit(VPDPBUSD, to, PanelCode.quant(j), number(t, 4 * j, 1));
        }
        a.emit(VCVTDQ2PS, to, to);
    }

    /** Float32 inputs and quantized weights: each column's weights are decoded as the format's codec does. */
    private void decoded(BlockCodec codec) {
        clearBlockSums();
        for (int c = 0; c < Activations.BLOCK; c++) {
            Vec quants = PanelCode.quant(c / 4);
            boolean second = c >= codec.run();
            if (c % 4 == 3) {
                a.emit(VPSRLD, BYTE, quants, 24);
            } else {
                a.emit(VPSRLD, BYTE, quants, 8 * (c % 4));
                a.emit(VPANDD, BYTE, BYTE, a.constant(255).broadcast());
            }
            if (codec.zero() != 0) {
                a.emit(VPSUBD, BYTE, BYTE, a.constant(codec.zero()).broadcast());
            }
            a.emit(VCVTDQ2PS, BYTE, BYTE);
            a.emit(VMULPS, BYTE, BYTE, second ? PanelCode.SCALE_1 : PanelCode.SCALE_0);
            if (codec.hasOffset()) {
                a.emit(VADDPS, BYTE, BYTE, second ? PanelCode.OFFSET_1 : PanelCode.OFFSET_0);
            }
            column(BYTE, c);
        }
        addBlockSums();
    }

    /** A part of a format without blocks. */
    private void dense() {
        if (kind == Kind.BFLOAT16) {
            for (int c = 0; c < Activations.BLOCK; c += 2) {
                a.emit(VMOVDQU32, BYTE, Mem.at(W, 2 * c * Panels.ROWS));
                for (int t = 0; t < tokens; t++) {
                    a.emit(VDPBF16PS, Vec.zmm(t), BYTE, number(t, c, 2));
                }
            }
            return;
        }
        clearBlockSums();
        for (int c = 0; c < Activations.BLOCK; c++) {
            switch (type) {
                case F32 -> a.emit(VMOVUPS, BYTE, Mem.at(W, 4 * c * Panels.ROWS));
                case F16 -> a.emit(VCVTPH2PS, BYTE, Mem.at(W, 2 * c * Panels.ROWS));
                case BF16 -> {
                    Mem pair = Mem.at(W, 2 * (c / 2 * 2) * Panels.ROWS);
                    if (c % 2 == 0) {
                        a.emit(VPSLLD, BYTE, pair, 16);
                    } else {
                        a.emit(VMOVDQU32, BYTE, pair);
                        a.emit(VPANDD, BYTE, BYTE, a.constant(0xffff0000).broadcast());
                    }
                }
                default -> throw new IllegalArgumentException(type.label() + " cannot be computed with");
            }
            column(BYTE, c);
        }
        addBlockSums();
    }

    private void clearBlockSums() {
        for (int t = 0; t < tokens; t++) {
            clear(Vec.zmm(BLOCK_SUM + t));
        }
    }

    private void column(Vec weights, int c) {
        for (int t = 0; t < tokens; t++) {
            a.emit(VFMADD231PS, Vec.zmm(BLOCK_SUM + t), weights, number(t, c, 4));
        }
    }

    private void addBlockSums() {
        for (int t = 0; t < tokens; t++) {
            a.emit(VADDPS, Vec.zmm(t), Vec.zmm(t), Vec.zmm(BLOCK_SUM + t));
        }
    }
}
