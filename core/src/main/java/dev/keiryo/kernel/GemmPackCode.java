package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Instruction;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mask;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Prefetch;
import dev.keiryo.assembler.Vec;

/**
 * Machine code that packs blocks of matrices for {@link GemmCode}. A panel holds words of 32 bits, for each k those of
 * its lines (rows of A, columns of B); a word is a float32, or, with AVX-512, two bfloat16 of consecutive k.
 */
final class GemmPackCode {
    private static final int LANES = Simd.LANES;
    /** Bytes for which a bit of a line's mask stands: with AVX-512 a bfloat16. */
    static final int MASK_BYTES = Simd.WIDE ? 2 : 4;

    /** How far ahead of the words in use memory is asked for. */
    private static final int AHEAD = 256;

    private static final Gp FROM = Gp.RDI;
    private static final Gp STRIDE = Gp.RSI;
    private static final Gp TO = Gp.RDX;
    private static final Gp COUNT = Gp.RCX;
    private static final Gp MASK = Gp.R8;
    private static final Gp ODD = Gp.R9;
    private static final Operand FIRST = Simd.mask(1, 15);
    private static final Operand SECOND = Simd.mask(2, 14);

    private final Assembler a;
    private final int panel;

    private GemmPackCode(Assembler a, int panel) {
        this.a = a;
        this.panel = panel;
    }

    /**
     * Packs up to as many lines as there are lanes, whose words follow one another in memory, transposing as many words at a time:
     *
     * <pre>
     *   rdi  the first line                     rcx  how many times
     *   rsi  bytes from one line to the next    r8   the mask of what is left of a line, in {@link #MASK_BYTES}
     *   rdx  the panel
     * </pre>
     *
     * Of the rest too, as many words for each line are written, zeros behind the last.
     *
     * @param lines at least 1; zeros are written for those missing
     * @param panel lines of a panel
     */
    static EmittedFunction alongLines(int lines, int panel) {
        return new EmittedFunction(a -> new GemmPackCode(a, panel).alongLines(lines));
    }

    /**
     * Packs lines whose words of one k follow one another in memory:
     *
     * <pre>
     *   rdi  the words of the first k        rcx  how many k; at least 1
     *   rsi  bytes from one k to the next    r8   the mask of the lines
     *   rdx  the panel
     * </pre>
     *
     * @param panel lines of a panel; as many, in whole vectors, are written, zeros for those missing
     */
    static EmittedFunction acrossLines(int panel) {
        return new EmittedFunction(a -> new GemmPackCode(a, panel).acrossLines());
    }

    /**
     * The same for bfloat16, a pair of consecutive k becoming a word. rcx counts pairs, and may be 0; r9 is 1 where a single k
     * follows them, else 0.
     */
    static EmittedFunction pairsAcrossLines(int panel) {
        return new EmittedFunction(a -> new GemmPackCode(a, panel).pairsAcrossLines());
    }

    // ---- along lines

    private void alongLines(int lines) {
        Gp[] quads = {FROM, Gp.R9, Gp.R10, Gp.R11};
        a.lea(Gp.RAX, Mem.at(STRIDE, STRIDE, 2));
        for (int quad = 1; quad < 4; quad++) {
            a.lea(quads[quad], Mem.at(quads[quad - 1], STRIDE, 4));
        }
        Label rest = a.label();
        Label end = a.label();
        Label again = a.label();
        a.cmp(COUNT, 0);
        a.jump(Condition.E, rest);
        a.align(16);
        a.bind(again);
        square(quads, lines, false);
        for (Gp quad : quads) {
            a.add(quad, 4 * LANES);
        }
        a.add(TO, 4 * panel * LANES);
        a.dec(COUNT);
        a.jump(Condition.NE, again);
        a.bind(rest);
        a.cmp(MASK, 0);
        a.jump(Condition.E, end);
        square(quads, lines, true);
        a.bind(end);
        a.vzeroupper();
        a.ret();
    }

    /** 16 words of each line. */
    private void square(Gp[] quads, int lines, boolean masked) {
        if (masked && FIRST instanceof Mask) {
            a.emit(KMOVD, FIRST, MASK);
        } else if (masked) {
            Simd.loadMask(a, FIRST, MASK);
        }
        for (int line = 0; line < LANES; line++) {
            Vec to = Simd.vec(line);
            if (line >= lines) {
                Simd.clear(a, to);
                continue;
            }
            Gp quad = quads[line / 4];
            Mem from = switch (line % 4) {
                case 0 -> Mem.at(quad);
                case 1 -> Mem.at(quad, STRIDE, 1);
                case 2 -> Mem.at(quad, STRIDE, 2);
                default -> Mem.at(quad, Gp.RAX, 1);
            };
            if (masked && FIRST instanceof Mask halves) {
                a.zeroing(halves).emit(VMOVDQU16, to, from);
            } else if (masked) {
                Simd.load(a, FIRST, to, from);
            } else {
                a.prefetch(Prefetch.T0, from.plus(AHEAD));
                a.emit(VMOVUPS, to, from);
            }
        }
        transpose();
        for (int word = 0; word < LANES; word++) {
            a.emit(VMOVUPS, Mem.at(TO, 4 * panel * word), column(word));
        }
    }

    /** Of {@link #transpose}. */
    private static Vec column(int word) {
        return Simd.vec(Simd.WIDE ? word : LANES + word);
    }

    /** The first registers, one for each lane, hold the rows of a square of words, and then others its columns; all are used. */
    private void transpose() {
        for (int i = 0; i < LANES; i += 2) {
            pair(VUNPCKLPS, LANES + i, i, i + 1);
            pair(VUNPCKHPS, LANES + i + 1, i, i + 1);
        }
        for (int quad = 0; quad < LANES; quad += 4) {
            int from = LANES + quad;
            pair(VPUNPCKLQDQ, quad, from, from + 2);
            pair(VPUNPCKHQDQ, quad + 1, from, from + 2);
            pair(VPUNPCKLQDQ, quad + 2, from + 1, from + 3);
            pair(VPUNPCKHQDQ, quad + 3, from + 1, from + 3);
        }
        // Register quad + j now has in its 128-bit lane l the words 4l + j of the quad's rows: those lanes are to be
        // transposed.
        if (!Simd.WIDE) {
            for (int j = 0; j < 4; j++) {
                a.emit(VPERM2F128, column(j), Simd.vec(j), Simd.vec(4 + j), 0x20);
                a.emit(VPERM2F128, column(4 + j), Simd.vec(j), Simd.vec(4 + j), 0x31);
            }
            return;
        }
        for (int j = 0; j < 4; j++) {
            for (int half = 0; half < 2; half++) {
                lanes(16 + 4 * j + 2 * half, 8 * half + j, 8 * half + j + 4, 0x88);
                lanes(17 + 4 * j + 2 * half, 8 * half + j, 8 * half + j + 4, 0xDD);
            }
        }
        for (int j = 0; j < 4; j++) {
            lanes(j, 16 + 4 * j, 18 + 4 * j, 0x88);
            lanes(8 + j, 16 + 4 * j, 18 + 4 * j, 0xDD);
            lanes(4 + j, 17 + 4 * j, 19 + 4 * j, 0x88);
            lanes(12 + j, 17 + 4 * j, 19 + 4 * j, 0xDD);
        }
    }

    private void pair(Instruction unpack, int to, int x, int y) {
        a.emit(unpack, Simd.vec(to), Simd.vec(x), Simd.vec(y));
    }

    private void lanes(int to, int x, int y, int selector) {
        a.emit(VSHUFF32X4, Vec.zmm(to), Vec.zmm(x), Vec.zmm(y), selector);
    }

    // ---- across lines

    private void masks() {
        Simd.loadMask(a, FIRST, MASK);
        a.shr(MASK, LANES);
        Simd.loadMask(a, SECOND, MASK);
    }

    private int vectors() {
        return Math.ceilDiv(panel, LANES);
    }

    private void acrossLines() {
        masks();
        Label again = a.label();
        a.align(16);
        a.bind(again);
        for (int i = 0; i < vectors(); i++) {
            // Lines of memory far from one another: the processor does not see them coming.
            a.prefetch(Prefetch.T0, Mem.at(FROM, STRIDE, 8, 4 * LANES * i));
            Simd.load(a, i == 0 ? FIRST : SECOND, Simd.vec(i), Mem.at(FROM, 4 * LANES * i));
            a.emit(VMOVUPS, Mem.at(TO, 4 * LANES * i), Simd.vec(i));
        }
        a.add(FROM, STRIDE);
        a.add(TO, 4 * panel);
        a.dec(COUNT);
        a.jump(Condition.NE, again);
        a.vzeroupper();
        a.ret();
    }

    private void pairsAcrossLines() {
        masks();
        Label again = a.label();
        Label rest = a.label();
        Label end = a.label();
        a.cmp(COUNT, 0);
        a.jump(Condition.E, rest);
        a.align(16);
        a.bind(again);
        a.lea(Gp.RAX, Mem.at(FROM, STRIDE, 1));
        for (int i = 0; i < vectors(); i++) {
            halves(Vec.zmm(i), FROM, i);
            halves(Vec.zmm(4 + i), Gp.RAX, i);
            a.emit(VPSLLD, Vec.zmm(4 + i), Vec.zmm(4 + i), 16);
            a.emit(VPORD, Vec.zmm(i), Vec.zmm(i), Vec.zmm(4 + i));
            a.emit(VMOVUPS, Mem.at(TO, 4 * LANES * i), Vec.zmm(i));
        }
        a.lea(FROM, Mem.at(FROM, STRIDE, 2));
        a.add(TO, 4 * panel);
        a.dec(COUNT);
        a.jump(Condition.NE, again);
        a.bind(rest);
        a.cmp(ODD, 0);
        a.jump(Condition.E, end);
        for (int i = 0; i < vectors(); i++) {
            halves(Vec.zmm(i), FROM, i);
            a.emit(VMOVUPS, Mem.at(TO, 4 * LANES * i), Vec.zmm(i));
        }
        a.bind(end);
        a.vzeroupper();
        a.ret();
    }

    /** 16 bfloat16, each in the lower half of a word. */
    private void halves(Vec to, Gp from, int i) {
        Simd.only(a, i == 0 ? FIRST : SECOND, VPMOVZXWD, to, Mem.at(from, 2 * LANES * i));
    }
}
