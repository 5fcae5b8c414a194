package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Vec;

/**
 * Machine code that interleaves sixteen rows of a format into a {@link Panels panel}, AVX-512. Arguments:
 *
 * <pre>
 *   rdi  the first row      rdx  the panel
 *   rsi  bytes of a row     rcx  blocks of a row
 * </pre>
 *
 * Words of four bytes are transposed four by four: a register takes 16 bytes of the rows i, i+4, i+8 and i+12.
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
            transpose(offset);
            for (int j = 0; j < 4; j++) {
                a.emit(VMOVDQU32, out(offset + 4 * j), Vec.zmm(4 + j));
            }
        }
    }

    /** Pairs of halves are transposed as words, then parted. */
    private void halves(PanelLayout.Field f) {
        for (int i = 0; i < f.count(); i += 8) {
            int offset = f.offset() + 2 * i;
            transpose(offset);
            for (int j = 0; j < 4; j++) {
                Vec pairs = Vec.zmm(4 + j);
                a.emit(VPMOVDW, out(offset + 4 * j), pairs);
                a.emit(VPSRLD, pairs, pairs, 16);
                a.emit(VPMOVDW, out(offset + 4 * j + 2), pairs);
            }
        }
    }

    /** Registers 4 to 7: the words at {@code offset}, {@code offset + 4}, … of all rows. */
    private void transpose(int offset) {
        for (int i = 0; i < 4; i++) {
            Vec rows = Vec.zmm(i);
            a.emit(VMOVDQU32, Vec.xmm(i), source(i, offset));
            for (int quarter = 1; quarter < 4; quarter++) {
                a.emit(VINSERTI32X4, rows, rows, source(4 * quarter + i, offset), quarter);
            }
        }
        a.emit(VPUNPCKLDQ, Vec.zmm(8), Vec.zmm(0), Vec.zmm(1));
        a.emit(VPUNPCKHDQ, Vec.zmm(9), Vec.zmm(0), Vec.zmm(1));
        a.emit(VPUNPCKLDQ, Vec.zmm(10), Vec.zmm(2), Vec.zmm(3));
        a.emit(VPUNPCKHDQ, Vec.zmm(11), Vec.zmm(2), Vec.zmm(3));
        a.emit(VPUNPCKLQDQ, Vec.zmm(4), Vec.zmm(8), Vec.zmm(10));
        a.emit(VPUNPCKHQDQ, Vec.zmm(5), Vec.zmm(8), Vec.zmm(10));
        a.emit(VPUNPCKLQDQ, Vec.zmm(6), Vec.zmm(9), Vec.zmm(11));
        a.emit(VPUNPCKHQDQ, Vec.zmm(7), Vec.zmm(9), Vec.zmm(11));
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
