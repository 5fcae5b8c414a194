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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    /** The same where a block is many lines, which take longer to compute with: to the first level, and before to the second. */
    private static final int AHEAD_LARGE = 6144;

    private static final int FAR_AHEAD_LARGE = 12288;

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
        PanelCode panel = codec == null ? null : PanelCode.of(type, kind);
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
                    decoded(codec, panel.values());
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

    /** Asks for the lines that begin in {@code [from, to)} of what is ahead: a few at a time, not a block's at once. */
    private void prefetch(int from, int to) {
        boolean large = layout.blockBytes() > 64;
        for (int line = Math.ceilDiv(from, 64) * 64; line < to && first == 0; line += 64) {
            a.prefetch(Prefetch.T0, Mem.at(W, (large ? AHEAD_LARGE : AHEAD) + line));
            if (large) {
                a.prefetch(Prefetch.T1, Mem.at(W, FAR_AHEAD_LARGE + line));
            }
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

    /**
     * Several sums at once, in turn: each product waits for the one before in its sum, and the processor looks only so far ahead for
     * others.
     */
    private void wholeNumbers(BlockCodec codec) {
        boolean halves = codec.run() < Activations.BLOCK;
        List<Vec> sums = new ArrayList<>(List.of(PanelCode.TEMPORARY, BYTE));
        if (!halves) {
            sums.add(PanelCode.SCALE_1);
        }
        if (!halves || !codec.hasOffset()) {
            sums.add(PanelCode.OFFSET_1);
        }
        if (!codec.hasOffset()) {
            sums.add(PanelCode.OFFSET_0);
        }
        int most = halves ? sums.size() / 2 : sums.size();
        for (int t = 0; t < tokens; t += most) {
            int n = Math.min(most, tokens - t);
            if (halves) {
                halves(codec, t, n, sums);
            } else {
                whole(codec, t, n, sums);
            }
        }
    }

    /** Tokens {@code [from, from + n)}, each with a sum over the part. */
    private void whole(BlockCodec codec, int from, int n, List<Vec> sums) {
        for (int i = 0; i < n; i++) {
            begin(codec, sums.get(i), extra(from + i, 1));
        }
        for (int j = 0; j < 8; j++) {
            for (int i = 0; i < n; i++) {
                a.emit(VPDPBUSD, sums.get(i), PanelCode.quant(j), number(from + i, 4 * j, 1));
            }
        }
        for (int i = 0; i < n; i++) {
            int t = from + i;
            a.emit(VCVTDQ2PS, sums.get(i), sums.get(i));
            a.emit(VMULPS, sums.get(i), sums.get(i), PanelCode.SCALE_0);
            a.emit(VFMADD231PS, Vec.zmm(t), sums.get(i), extra(t, 0).broadcast());
            if (codec.hasOffset()) {
                a.emit(VFMADD231PS, Vec.zmm(t), PanelCode.OFFSET_0, extra(t, 1).broadcast());
            }
        }
    }

    /** As {@link #whole}, with a sum for each half of the part. */
    private void halves(BlockCodec codec, int from, int n, List<Vec> sums) {
        for (int i = 0; i < 2 * n; i++) {
            begin(codec, sums.get(i), extra(from + i / 2, 1 + i % 2));
        }
        for (int j = 0; j < 4; j++) {
            for (int i = 0; i < 2 * n; i++) {
                int quant = i % 2 * 4 + j;
                a.emit(VPDPBUSD, sums.get(i), PanelCode.quant(quant), number(from + i / 2, 4 * quant, 1));
            }
        }
        for (int i = 0; i < n; i++) {
            int t = from + i;
            Vec low = sums.get(2 * i);
            Vec high = sums.get(2 * i + 1);
            a.emit(VCVTDQ2PS, low, low);
            a.emit(VCVTDQ2PS, high, high);
            a.emit(VMULPS, low, low, PanelCode.SCALE_0);
            a.emit(VFMADD231PS, low, high, PanelCode.SCALE_1);
            a.emit(VFMADD231PS, Vec.zmm(t), low, extra(t, 0).broadcast());
            if (codec.hasOffset()) {
                a.emit(VFMADD231PS, Vec.zmm(t), PanelCode.OFFSET_0, extra(t, 1).broadcast());
                a.emit(VFMADD231PS, Vec.zmm(t), PanelCode.OFFSET_1, extra(t, 2).broadcast());
            }
        }
    }

    /** What a sum over the quants' registers begins with. */
    private void begin(BlockCodec codec, Vec sum, Mem completion) {
        if (codec.hasOffset()) {
            clear(sum);
        } else {
            a.emit(VPBROADCASTD, sum, completion);
        }
    }

    /** Float32 inputs and quantized weights: each column's weights are decoded as the format's codec does. */
    private void decoded(BlockCodec codec, @Nullable Vec values) {
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
            if (values != null) {
                a.emit(VPERMPS, BYTE, BYTE, values);
            } else {
                if (codec.zero() != 0) {
                    a.emit(VPSUBD, BYTE, BYTE, a.constant(codec.zero()).broadcast());
                }
                a.emit(VCVTDQ2PS, BYTE, BYTE);
            }
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
