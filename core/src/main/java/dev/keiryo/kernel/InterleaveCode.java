package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Vec;

/**
 * Machine code that interleaves sixteen rows of a format into a {@link Panels panel}. Arguments:
 *
 * <pre>
 *   rdi  the first row      rdx  the panel
 *   rsi  bytes of a row     rcx  blocks of a row
 * </pre>
 *
 * Words of four bytes are transposed four by four: a register takes 16 bytes of the rows i, i+4 and, where it has room, i+8 and i+12.
 */
final class InterleaveCode {
    private static final Gp[] FOURTHS = {Gp.RDI, Gp.R8, Gp.R9, Gp.R10};
    private static final Gp STRIDE = Gp.RSI;
    private static final Gp STRIDE_3 = Gp.R11;
    private static final Gp OUT = Gp.RDX;
    private static final Gp BLOCKS = Gp.RCX;

    private final Assembler a;

    private InterleaveCode(Assembler a) {
        this.a = a;
    }

    static EmittedFunction function(PanelLayout layout) {
        return new EmittedFunction(a -> new InterleaveCode(a).emit(layout));
    }

    private void emit(PanelLayout layout) {
        a.lea(STRIDE_3, Mem.at(STRIDE, STRIDE, 2));
        for (int i = 1; i < 4; i++) {
            a.lea(FOURTHS[i], Mem.at(FOURTHS[i - 1], STRIDE, 4));
        }
        Label next = a.label();
        a.bind(next);
        for (PanelLayout.Field f : layout.fields()) {
            if (f.unit() == 4) {
                words(f);
            } else if (f.unit() == 2 && f.count() % 8 == 0) {
                halves(f);
            } else {
                singly(f);
            }
        }
        for (Gp rows : FOURTHS) {
            a.add(rows, layout.blockBytes());
        }
        a.add(OUT, Panels.ROWS * layout.blockBytes());
        a.dec(BLOCKS);
        a.jump(Condition.NE, next);
        a.vzeroupper();
        a.ret();
    }

    private static Mem source(int row, int offset) {
        Gp base = FOURTHS[row / 4];
        return switch (row % 4) {
            case 0 -> Mem.at(base, offset);
            case 3 -> Mem.at(base, STRIDE_3, 1, offset);
            default -> Mem.at(base, STRIDE, row % 4, offset);
        };
    }

    private static Mem out(int offset) {
        return Mem.at(OUT, Panels.ROWS * offset);
    }

    /** Four words at a time; the last four overlap those before where the number is no multiple of four. */
    private void words(PanelLayout.Field f) {
        for (int i = 0; i < f.count(); i += 4) {
            int offset = f.offset() + 4 * Math.min(i, f.count() - 4);
            for (int row = 0; row < Panels.ROWS; row += Simd.LANES) {
                transpose(row, offset);
                for (int j = 0; j < 4; j++) {
                    a.emit(VMOVUPS, out(offset + 4 * j).plus(4 * row), word(row, j));
                }
            }
        }
    }

    /** Pairs of halves are transposed as words, then parted. */
    private void halves(PanelLayout.Field f) {
        for (int i = 0; i < f.count(); i += 8) {
            int offset = f.offset() + 2 * i;
            for (int row = 0; row < Panels.ROWS; row += Simd.LANES) {
                transpose(row, offset);
            }
            for (int j = 0; j < 4; j++) {
                Mem first = out(offset + 4 * j);
                Mem second = out(offset + 4 * j + 2);
                if (Simd.WIDE) {
                    Vec pairs = word(0, j);
                    a.emit(VPMOVDW, first, pairs);
                    a.emit(VPSRLD, pairs, pairs, 16);
                    a.emit(VPMOVDW, second, pairs);
                } else {
                    Vec low = word(0, j);
                    Vec high = word(Simd.LANES, j);
                    Vec packed = Vec.ymm(0);
                    a.emit(VPAND, Vec.ymm(1), low, Simd.all(a, 0xffff));
                    a.emit(VPAND, Vec.ymm(2), high, Simd.all(a, 0xffff));
                    pack(first, packed, Vec.ymm(1), Vec.ymm(2));
                    a.emit(VPSRLD, low, low, 16);
                    a.emit(VPSRLD, high, high, 16);
                    pack(second, packed, low, high);
                }
            }
        }
    }

    /** The lower halves of the words of two vectors; what packs works in halves of vectors. */
    private void pack(Mem to, Vec packed, Vec low, Vec high) {
        a.emit(VPACKUSDW, packed, low, high);
        a.emit(VPERMQ, packed, packed, 0xD8);
        a.emit(VMOVUPS, to, packed);
    }

    /** What {@link #transpose} leaves of rows from {@code row} on: word j of each. */
    private static Vec word(int row, int j) {
        return Simd.vec((row == 0 ? 4 : 12) + j);
    }

    /** {@link #word}: those at {@code offset}, {@code offset + 4}, … of the rows from {@code row} on. */
    private void transpose(int row, int offset) {
        for (int i = 0; i < 4; i++) {
            Vec rows = Simd.vec(i);
            a.emit(VMOVUPS, Vec.xmm(i), source(row + i, offset));
            for (int quarter = 1; quarter < Simd.LANES / 4; quarter++) {
                a.emit(
                        Simd.WIDE ? VINSERTI32X4 : VINSERTI128,
                        rows,
                        rows,
                        source(row + 4 * quarter + i, offset),
                        quarter);
            }
        }
        Vec a0 = Simd.vec(8);
        Vec a1 = Simd.vec(9);
        Vec b0 = Simd.vec(10);
        Vec b1 = Simd.vec(11);
        a.emit(VPUNPCKLDQ, a0, Simd.vec(0), Simd.vec(1));
        a.emit(VPUNPCKHDQ, a1, Simd.vec(0), Simd.vec(1));
        a.emit(VPUNPCKLDQ, b0, Simd.vec(2), Simd.vec(3));
        a.emit(VPUNPCKHDQ, b1, Simd.vec(2), Simd.vec(3));
        a.emit(VPUNPCKLQDQ, word(row, 0), a0, b0);
        a.emit(VPUNPCKHQDQ, word(row, 1), a0, b0);
        a.emit(VPUNPCKLQDQ, word(row, 2), a1, b1);
        a.emit(VPUNPCKHQDQ, word(row, 3), a1, b1);
    }

    private void singly(PanelLayout.Field f) {
        for (int i = 0; i < f.count(); i++) {
            int offset = f.offset() + f.unit() * i;
            for (int row = 0; row < Panels.ROWS; row++) {
                if (f.unit() == 2) {
                    a.load16(Gp.RAX, source(row, offset));
                    a.store16(out(offset).plus(2 * row), Gp.RAX);
                } else {
                    a.load8(Gp.RAX, source(row, offset));
                    a.store8(out(offset).plus(row), Gp.RAX);
                }
            }
        }
    }
}
