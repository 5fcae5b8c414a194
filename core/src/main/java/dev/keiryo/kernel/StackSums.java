package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Vec;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.TensorType;

/**
 * Sums with AVX2: a vector is half of a panel's rows, sums are on the stack. For each part a half's weights come into registers once
 * and serve all tokens, see {@link HalfPanel}; with float32 inputs both halves of six tokens are summed in registers over a part.
 */
final class StackSums extends TokenSums {
    /** Most tokens at once with float32 inputs. */
    static final int FLOAT_TOKENS = 6;

    private static final int LANES = 8;
    private static final int BYTES = 32;

    /** On the stack: the second half's sums; signed quants, or decoded weights. */
    private static final int SECOND = BYTES * Activations.TILE;

    /** A word for each token. */
    private static final int WORDS = 2 * SECOND;

    static final int MORE = WORDS + 4 * Activations.TILE;
    private static final int DECODED_BYTES = 4 * Panels.ROWS * Activations.BLOCK;
    private static final int SIGNED_BYTES = BYTES * 8;

    /** Columns' bytes. */
    private static final Gp INDEX = Gp.R11;

    private static final Gp COLUMNS = Gp.RBX;

    /** A product, and a second one. */
    private static final Vec T = PanelCode.TEMPORARY;

    private static final Vec U = PanelCode.OTHER;

    private static final Vec WEIGHTS = Vec.ymm(12);
    private static final Vec BROADCAST = Vec.ymm(14);

    private final Kind kind;

    StackSums(Assembler a, Kind kind, int tile, int first, int tokens) {
        super(a, tile, first, tokens);
        this.kind = kind;
    }

    /** Several tokens' sums are worth more than constants, which they share. */
    @Override
    boolean roomy() {
        return kind == Kind.INT8 && tokens == 1;
    }

    @Override
    void begin() {
        a.push(COLUMNS);
        a.push(Gp.RBP);
        a.mov(Gp.RBP, Gp.RSP);
        a.sub(Gp.RSP, MORE + (kind == Kind.INT8 ? SIGNED_BYTES : DECODED_BYTES));
        a.and(Gp.RSP, -64);
    }

    @Override
    void end() {
        a.mov(Gp.RSP, Gp.RBP);
        a.pop(Gp.RBP);
        a.pop(COLUMNS);
    }

    static Mem sum(int t, int half) {
        return Mem.at(Gp.RSP, SECOND * half + BYTES * t);
    }

    /** What both halves of a panel need of token t, and the first computes. */
    static Mem word(int t) {
        return Mem.at(Gp.RSP, WORDS + 4 * t);
    }

    @Override
    void clear() {
        Simd.clear(a, T);
        for (int t = 0; t < tokens; t++) {
            a.emit(VMOVUPS, sum(t, 0), T);
            a.emit(VMOVUPS, sum(t, 1), T);
        }
    }

    @Override
    void store(Gp y, Gp stride) {
        a.mov(AT, y);
        for (int t = 0; t < tokens; t++) {
            for (int half = 0; half < 2; half++) {
                a.emit(VMOVUPS, T, sum(t, half));
                a.emit(VMOVUPS, Mem.at(AT, BYTES * half), T);
            }
            if (t < tokens - 1) {
                a.add(AT, stride);
            }
        }
    }

    // ---- int8

    @Override
    void wholeNumbers(PanelCode panel, int part, BlockCodec codec) {
        for (int half = 0; half < 2; half++) {
            panel.take(LANES * half);
            panel.part(part);
            new HalfPanel(this, panel, codec, half).emit();
        }
    }

    // ---- float32

    @Override
    void decoded(PanelCode panel, int part, BlockCodec codec) {
        for (int half = 0; half < 2; half++) {
            panel.take(LANES * half);
            panel.part(part);
            for (int c = 0; c < Activations.BLOCK; c++) {
                decode(panel, codec, c, U);
                a.emit(VMOVUPS, Mem.at(Gp.RSP, MORE + 4 * Panels.ROWS * c + BYTES * half), U);
            }
        }
        a.lea(COLUMNS, Mem.at(Gp.RSP, MORE));
        columns(TensorType.F32);
    }

    @Override
    void dense(TensorType type) {
        a.mov(COLUMNS, W);
        columns(type);
    }

    @Override
    void pairs() {
        throw new IllegalArgumentException("AVX2 has no products of bfloat16");
    }

    private static Vec blockSum(int t, int half) {
        return Vec.ymm(2 * t + half);
    }

    /** 32 columns of a type without blocks, four at a time. */
    private void columns(TensorType type) {
        for (int t = 0; t < tokens; t++) {
            Simd.clear(a, blockSum(t, 0));
            Simd.clear(a, blockSum(t, 1));
        }
        a.mov(INDEX, 0);
        Label next = a.label();
        a.align(16);
        a.bind(next);
        for (int c = 0; c < 4; c++) {
            for (int half = 0; half < 2; half++) {
                column(type, COLUMNS, c, LANES * half, Vec.ymm(WEIGHTS.index() + half));
            }
            for (int t = 0; t < tokens; t++) {
                a.emit(VBROADCASTSS, BROADCAST, number(t, c, 4).indexed(INDEX, 1));
                for (int half = 0; half < 2; half++) {
                    a.emit(VFMADD231PS, blockSum(t, half), Vec.ymm(WEIGHTS.index() + half), BROADCAST);
                }
            }
        }
        a.add(COLUMNS, 4 * Panels.ROWS * PanelLayout.of(type).blockBytes() / Activations.BLOCK);
        a.add(INDEX, 16);
        a.cmp(INDEX, 4 * Activations.BLOCK);
        a.jump(Condition.L, next);
        for (int t = 0; t < tokens; t++) {
            for (int half = 0; half < 2; half++) {
                a.emit(VADDPS, blockSum(t, half), blockSum(t, half), sum(t, half));
                a.emit(VMOVUPS, sum(t, half), blockSum(t, half));
            }
        }
    }
}
