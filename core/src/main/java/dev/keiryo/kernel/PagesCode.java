package dev.keiryo.kernel;

import static dev.keiryo.kernel.AttentionTile.PAGE;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.cache.KvType;

/**
 * Machine code for {@link PageAttention} over pages of which few rows see all positions: scores, weights and values of one page after
 * the other, without a call for each. {@code (rdi arguments, rsi pages)}: the arguments are 64 bits each, in the order of the constants
 * below; the pages are the addresses of a page's keys, its values, the next one's keys, and so on, and two more that memory is asked for at
 * the end.
 */
final class PagesCode {
    /** Addresses in the tile, of the first row. */
    static final int QUERY = 0;

    static final int SCORES = 8;
    static final int STATE = 16;
    static final int SUMS = 24;
    static final int RESULT = 32;
    static final int ROWS = 40;
    /** The float32's bits. */
    static final int SCALE = 48;
    /** Behind the addresses of the last page. */
    static final int END = 56;

    static final int ARGUMENTS = 64;

    private static final Gp ARGUMENT = Gp.R15;
    private static final Gp AT = Gp.R14;
    private static final Gp[] SAVED = {Gp.RBX, Gp.RBP, Gp.R12, Gp.R13, Gp.R14, Gp.R15};

    private PagesCode() {}

    /** The function for padded dimensions of keys and values, whose bytes in a page are given. */
    static byte[] emit(KvType type, int keyDim, int valueDim, int keyBytes, int valueBytes) {
        Assembler a = Simd.assembler();
        AttentionCode keys = new AttentionCode(a, type, keyDim, valueBytes, keyBytes);
        AttentionCode values = new AttentionCode(a, type, valueDim, keyBytes, valueBytes);
        for (Gp r : SAVED) {
            a.push(r);
        }
        a.mov(ARGUMENT, Gp.RDI);
        a.mov(AT, Gp.RSI);
        Label next = a.label();
        a.bind(next);
        argument(a, Gp.RDI, QUERY);
        argument(a, Gp.RDX, SCORES);
        argument(a, Gp.RCX, ROWS);
        a.load(Gp.RSI, Mem.at(AT));
        a.load(Gp.R8, Mem.at(AT, 8));
        a.load(AttentionCode.LATER, Mem.at(AT, 16));
        keys.scores();
        argument(a, Gp.RDI, SCORES);
        argument(a, Gp.RDX, STATE);
        argument(a, Gp.RCX, SUMS);
        argument(a, Gp.R8, ROWS);
        argument(a, Gp.R9, SCALE);
        SoftmaxCode.emit(a, false);
        argument(a, Gp.RDI, SCORES);
        argument(a, Gp.RDX, RESULT);
        argument(a, Gp.R8, ROWS);
        argument(a, Gp.R9, STATE);
        a.shl(Gp.R8, 32);
        a.add(Gp.R8, PAGE << 16);
        a.load(Gp.RSI, Mem.at(AT, 8));
        a.load(Gp.RCX, Mem.at(AT, 16));
        a.load(AttentionCode.LATER, Mem.at(AT, 24));
        values.values();
        a.add(AT, 16);
        argument(a, Gp.RAX, END);
        a.cmp(AT, Gp.RAX);
        a.jump(Condition.NE, next);
        for (int i = SAVED.length - 1; i >= 0; i--) {
            a.pop(SAVED[i]);
        }
        a.vzeroupper();
        a.ret();
        return a.finish();
    }

    private static void argument(Assembler a, Gp to, int which) {
        a.load(to, Mem.at(ARGUMENT, which));
    }
}
