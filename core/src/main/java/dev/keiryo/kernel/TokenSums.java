package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Vec;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.TensorType;

/**
 * The sums of a panel's rows times some tokens of a tile while blocks are gone through, in {@link MatmulCode}: where they are kept, and
 * how a part of 32 columns adds to them.
 */
abstract sealed class TokenSums permits RegisterSums, StackSums {
    /** The current block of the panel. */
    static final Gp W = Gp.RDI;
    /** The current block of the tile. */
    static final Gp AT = Gp.RAX;

    final Assembler a;
    private final int tile;
    private final int first;
    final int tokens;

    /**
     * @param tile tokens of the tile
     * @param first of those that are computed
     * @param tokens how many
     */
    TokenSums(Assembler a, int tile, int first, int tokens) {
        this.a = a;
        this.tile = tile;
        this.first = first;
        this.tokens = tokens;
    }

    static TokenSums of(Assembler a, Kind kind, int tile, int first, int tokens) {
        return Simd.WIDE ? new RegisterSums(a, tile, first, tokens) : new StackSums(a, kind, tile, first, tokens);
    }

    /** Whether a format's own registers are left to it. */
    abstract boolean roomy();

    /** Before anything else. */
    abstract void begin();

    /** Sets all to 0. */
    abstract void clear();

    /** Part {@code part} of a format with quants, times int8. */
    abstract void wholeNumbers(PanelCode panel, int part, BlockCodec codec);

    /** The same times float32. */
    abstract void decoded(PanelCode panel, int part, BlockCodec codec);

    /** A part of a format without blocks, times float32. */
    abstract void dense(TensorType type);

    /** A part of bfloat16 weights times bfloat16. */
    abstract void pairs();

    /** Writes the 16 rows' sums of one token after the other, from y on, {@code stride} apart; {@code AT} is lost. */
    abstract void store(Gp y, Gp stride);

    /** After everything else. */
    abstract void end();

    /** Where token 0's numbers of {@code bytes} begin, and a token's are {@link Activations#BLOCK} of them. */
    final Mem number(int t, int i, int bytes) {
        return Mem.at(AT, ((first + t) * Activations.BLOCK + i) * bytes);
    }

    /** Token t's d, c0 or c1. */
    final Mem extra(int t, int which) {
        return Mem.at(AT, tile * (Activations.BLOCK + 4 * which) + 4 * (first + t));
    }

    /** Column c's quants of all rows as whole numbers, or what they are numbers of, then the weights: as the format's codec decodes. */
    final void decode(PanelCode panel, BlockCodec codec, int c, Vec to) {
        Vec quants = PanelCode.quant(c / 4);
        boolean second = c >= codec.run();
        if (c % 4 == 3) {
            a.emit(VPSRLD, to, quants, 24);
        } else {
            a.emit(VPSRLD, to, quants, 8 * (c % 4));
            a.emit(Simd.AND, to, to, Simd.all(a, 255));
        }
        if (!panel.decode(to)) {
            if (codec.zero() != 0) {
                a.emit(VPSUBD, to, to, Simd.all(a, codec.zero()));
            }
            a.emit(VCVTDQ2PS, to, to);
        }
        a.emit(VMULPS, to, to, second ? PanelCode.SCALE_1 : PanelCode.SCALE_0);
        if (codec.hasOffset()) {
            a.emit(VADDPS, to, to, second ? PanelCode.OFFSET_1 : PanelCode.OFFSET_0);
        }
    }

    /** Rows from {@code row} on of column c of a format without blocks, whose part is at {@code panel}, as float32. */
    final void column(TensorType type, Gp panel, int c, int row, Vec to) {
        switch (type) {
            case F32 -> a.emit(VMOVUPS, to, Mem.at(panel, 4 * (c * Panels.ROWS + row)));
            case F16 -> a.emit(VCVTPH2PS, to, Mem.at(panel, 2 * (c * Panels.ROWS + row)));
            case BF16 -> {
                Mem pair = Mem.at(panel, 4 * (c / 2 * Panels.ROWS + row));
                if (c % 2 == 0) {
                    Simd.shifted(a, to, pair, -16);
                } else {
                    a.emit(VMOVUPS, to, pair);
                    a.emit(Simd.AND, to, to, Simd.all(a, 0xffff0000));
                }
            }
            default -> throw new IllegalArgumentException(type.label() + " cannot be computed with");
        }
    }
}
