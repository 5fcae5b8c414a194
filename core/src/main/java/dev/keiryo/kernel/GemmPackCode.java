package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Instruction;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mask;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Prefetch;
import dev.keiryo.assembler.Vec;

/**
 * Machine code that packs blocks of matrices for {@link GemmCode}, AVX-512. A panel holds words of 32 bits, for each k those of
 * its lines (rows of A, columns of B); a word is a float32, or two bfloat16 of consecutive k.
 */
final class GemmPackCode {
    private static final int LANES = 16;
    /** How far ahead of the words in use memory is asked for. */
    private static final int AHEAD = 256;

    private static final Gp FROM = Gp.RDI;
    private static final Gp STRIDE = Gp.RSI;
    private static final Gp TO = Gp.RDX;
    private static final Gp COUNT = Gp.RCX;
    private static final Gp MASK = Gp.R8;
    private static final Gp ODD = Gp.R9;
    private static final Mask FIRST = new Mask(1);
    private static final Mask SECOND = new Mask(2);

    private final Assembler a;
    private final int panel;

    private GemmPackCode(Assembler a, int panel) {
        this.a = a;
        this.panel = panel;
    }

    /**
     * Packs up to 16 lines whose words follow one another in memory, transposing 16 words at a time:
     *
     * <pre>
     *   rdi  the first line                     rcx  how many times 16 words
     *   rsi  bytes from one line to the next    r8   the mask of what is left of a line, in halves of words
     *   rdx  the panel
     * </pre>
     *
     * Of the rest too, 16 words for each line are written, zeros behind the last.
     *
     * @param lines 1 to 16; zeros are written for those missing
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
     * @param panel lines of a panel: 14 or 32; as many, or 16 where that is more, are written, zeros for those missing
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
        a.emit(KMOVD, FIRST, MASK);
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
        for (int line = 0; line < LANES; line++) {
            if (line >= lines) {
                a.emit(VPXORD, Vec.zmm(line), Vec.zmm(line), Vec.zmm(line));
                continue;
            }
            Gp quad = quads[line / 4];
            Mem from = switch (line % 4) {
                case 0 -> Mem.at(quad);
                case 1 -> Mem.at(quad, STRIDE, 1);
                case 2 -> Mem.at(quad, STRIDE, 2);
                default -> Mem.at(quad, Gp.RAX, 1);
            };
            if (masked) {
                a.zeroing(FIRST).emit(VMOVDQU16, Vec.zmm(line), from);
            } else {
                a.prefetch(Prefetch.T0, from.plus(AHEAD));
                a.emit(VMOVUPS, Vec.zmm(line), from);
            }
        }
        transpose();
        for (int word = 0; word < LANES; word++) {
            a.emit(VMOVUPS, Mem.at(TO, 4 * panel * word), Vec.zmm(word));
        }
    }

    /** Registers 0 to 15 hold the rows of a square of words, and then its columns. */
    private void transpose() {
        for (int i = 0; i < 8; i++) {
            pair(VUNPCKLPS, 16 + 2 * i, 2 * i, 2 * i + 1);
            pair(VUNPCKHPS, 17 + 2 * i, 2 * i, 2 * i + 1);
        }
        for (int quad = 0; quad < 16; quad += 4) {
            pair(VPUNPCKLQDQ, quad, 16 + quad, 18 + quad);
            pair(VPUNPCKHQDQ, quad + 1, 16 + quad, 18 + quad);
            pair(VPUNPCKLQDQ, quad + 2, 17 + quad, 19 + quad);
            pair(VPUNPCKHQDQ, quad + 3, 17 + quad, 19 + quad);
        }
        // Register quad + j now has in its 128-bit lane l the words 4l + j of the quad's rows: those lanes are to be
        // transposed.
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
        a.emit(unpack, Vec.zmm(to), Vec.zmm(x), Vec.zmm(y));
    }

    private void lanes(int to, int x, int y, int selector) {
        a.emit(VSHUFF32X4, Vec.zmm(to), Vec.zmm(x), Vec.zmm(y), selector);
    }

    // ---- across lines

    private void masks() {
        a.emit(KMOVW, FIRST, MASK);
        a.shr(MASK, LANES);
        a.emit(KMOVW, SECOND, MASK);
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
            a.zeroing(i == 0 ? FIRST : SECOND).emit(VMOVUPS, Vec.zmm(i), Mem.at(FROM, 4 * LANES * i));
            a.emit(VMOVUPS, Mem.at(TO, 4 * LANES * i), Vec.zmm(i));
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
        a.zeroing(i == 0 ? FIRST : SECOND).emit(VPMOVZXWD, to, Mem.at(from, 2 * LANES * i));
    }
}
