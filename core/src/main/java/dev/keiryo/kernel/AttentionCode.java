package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.AttentionTile.PAGE;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Prefetch;
import dev.keiryo.assembler.Vec;
import dev.keiryo.cache.KvType;

/**
 * Machine code for the two products of {@link PageAttention}: rows of a tile times keys or values, of which each vector
 * that has been loaded serves several rows.
 */
final class AttentionCode {
    /** Vectors of a page's positions. */
    private static final int PAGE_VECTORS = PAGE / Simd.LANES;

    private final Assembler a;
    private final PageCode page;
    private final KvType type;
    /** Rows and vectors of each that are summed at once. */
    private int rows;

    private int vectors;
    private final int dim;
    private final AheadCode next;
    private final AheadCode later;
    private final int most;

    /**
     * For padded dimensions {@code dim}; emits what comes before all else.
     *
     * @param next bytes of what is read next, to be asked for to the first level
     * @param later bytes of what is read after it, from {@link #LATER} on, to the second level; 0 where that is not known
     */
    AttentionCode(Assembler a, KvType type, int dim, int next, int later) {
        this.a = a;
        this.type = type;
        this.dim = dim;
        this.next = new AheadCode(a, Prefetch.T0, NEXT, next);
        this.later = new AheadCode(a, Prefetch.T1, LATER, later);
        this.page = new PageCode(a, type);
        this.most = PageCode.mostRows(type);
        page.begin();
    }

    /**
     * The function for scores: {@code (rdi query, rsi keys of a head, rdx scores, rcx rows, r8 what to ask memory for)}, at least one
     * row.
     */
    static byte[] scores(KvType type, int dim, int ahead) {
        AttentionCode code = new AttentionCode(Simd.assembler(), type, dim, ahead, 0);
        code.save(QUERY, IN_BLOCK);
        code.scores();
        return code.finish(QUERY, IN_BLOCK);
    }

    /**
     * The function that adds weighted values: {@code (rdi weights, rsi values of a head, rdx result, rcx what to ask memory for, r8 first
     * position + 2¹⁶·number of positions + 2³²·rows, r9 state)}, at least one row and position.
     */
    static byte[] values(KvType type, int dim, int ahead) {
        AttentionCode code = new AttentionCode(Simd.assembler(), type, dim, ahead, 0);
        code.save(SCALES, SCALE_AT, POSITIONS);
        code.values();
        return code.finish(SCALES, SCALE_AT, POSITIONS);
    }

    private void save(Gp... registers) {
        for (Gp r : registers) {
            a.push(r);
        }
    }

    /** @param saved registers that were saved */
    private byte[] finish(Gp... saved) {
        for (int i = saved.length - 1; i >= 0; i--) {
            a.pop(saved[i]);
        }
        a.vzeroupper();
        a.ret();
        return a.finish();
    }

    /** What {@link #scores(KvType, int, int)} does; all registers but R12 to R15 are lost. */
    void scores() {
        byRows(this::scoresOf);
    }

    /** What {@link #values(KvType, int, int)} does; all registers but R13 to R15 are lost. */
    void values() {
        a.mov(POSITIONS, Gp.R8);
        a.shl(POSITIONS, 32);
        a.shr(POSITIONS, 48);
        a.mov(Gp.RAX, Gp.R8);
        a.and(Gp.RAX, 0xFFFF);
        a.mov(COUNTER, Gp.RCX);
        a.mov(ROWS, Gp.R8);
        a.shr(ROWS, 32);
        a.mov(NEXT, COUNTER);
        a.lea(Gp.RDI, Mem.at(Gp.RDI, Gp.RAX, 4));
        a.lea(SCALES, Mem.at(Gp.RSI, Gp.RAX, 2));
        a.imul(Gp.RAX, Gp.RAX, page.valueStride(dim));
        a.add(Gp.RSI, Gp.RAX);
        a.add(Gp.RSI, page.valueScaleBytes(dim));
        byRows(this::valuesOf);
    }

    private static final Gp ROWS = Gp.RCX;
    private static final Gp CHUNK = Gp.RAX;
    private static final Gp AT = Gp.R10;
    private static final Gp COUNTER = Gp.R11;
    /** What is read next. */
    private static final Gp NEXT = Gp.R8;
    /** What is read after it. */
    static final Gp LATER = Gp.R13;

    private static final Gp QUERY = Gp.RBX;
    private static final Gp IN_BLOCK = Gp.RBP;
    private static final Gp SCALES = Gp.RBX;
    private static final Gp SCALE_AT = Gp.RBP;
    private static final Gp POSITIONS = Gp.R12;

    private interface Chunk {
        /** Computes {@code rows} rows and moves on to the next ones. */
        void emit(int rows);
    }

    /** Takes the most rows while there are plenty, and the last ones in halves: code for each number of rows. */
    private void byRows(Chunk chunk) {
        Label next = a.label();
        Label end = a.label();
        Label[] sized = new Label[most + 1];
        for (int r = 1; r <= most; r++) {
            sized[r] = a.label();
        }
        a.bind(next);
        a.cmp(ROWS, 2 * most);
        a.jump(Condition.GE, sized[most]);
        a.mov(CHUNK, ROWS);
        Label small = a.label();
        a.cmp(ROWS, most);
        a.jump(Condition.LE, small);
        a.inc(CHUNK);
        a.shr(CHUNK, 1);
        a.bind(small);
        for (int r = 1; r < most; r++) {
            a.cmp(CHUNK, r);
            a.jump(Condition.E, sized[r]);
        }
        for (int r = most; r >= 1; r--) {
            a.bind(sized[r]);
            chunk.emit(r);
            a.sub(ROWS, r);
            a.jump(Condition.NE, next);
            if (r > 1) {
                a.jump(end);
            }
        }
        a.bind(end);
    }

    /** Sums come first in the registers, then what the page needs for their vectors, then a number of each row, then a vector. */
    private Vec sum(int row, int vector) {
        return Simd.vec(row * vectors + vector);
    }

    private Vec number(int row) {
        return Simd.vec(rows * vectors + page.scales(vectors) + row);
    }

    private Vec loaded() {
        return number(rows);
    }

    private void take(int newRows, int newVectors) {
        rows = newRows;
        vectors = newVectors;
        page.scalesFrom(rows * vectors);
    }

    private void scoresOf(int newRows) {
        take(newRows, PageCode.vectors(type, newRows));
        for (int first = 0; first < PAGE_VECTORS; first += vectors) {
            positions(first);
        }
        a.add(Gp.RDI, 4 * dim * rows);
        a.add(Gp.RDX, 4 * PAGE * rows);
    }

    /** Scores of as many vectors of positions as are summed at once. */
    private void positions(int first) {
        for (int i = 0; i < rows * vectors; i++) {
            Simd.clear(a, Simd.vec(i));
        }
        a.mov(QUERY, Gp.RDI);
        a.mov(AT, Gp.RSI);
        int block = type.block() > 1 ? type.block() : dim;
        int steps = block % 4 == 0 ? 4 : block % 2 == 0 ? 2 : 1;
        if (first == 0) {
            next.rest(dim / steps);
            later.rest(dim / steps);
        }
        Loop blocks = new Loop(a, COUNTER, dim / block);
        page.beginKeyBlock(AT, first, vectors);
        a.add(AT, page.keyScaleBytes());
        Loop loop = new Loop(a, IN_BLOCK, block / steps);
        if (first == 0) {
            next.step(dim / steps);
            later.step(dim / steps);
        }
        for (int i = 0; i < steps; i++) {
            numbers(QUERY, 4 * i, 4 * dim);
            for (int j = 0; j < vectors; j++) {
                page.key(loaded(), AT, i, first + j, j);
                multiply(j);
            }
        }
        a.add(QUERY, 4 * steps);
        a.add(AT, page.keyStep(steps));
        loop.end();
        blocks.end();
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < vectors; j++) {
                a.emit(VMOVUPS, Mem.at(Gp.RDX, 4 * PAGE * r + Simd.BYTES * (first + j)), sum(r, j));
            }
        }
    }

    private void valuesOf(int newRows) {
        int all = dim / Simd.LANES;
        int most = PageCode.vectors(type, newRows);
        for (int v = 0; v < all; v += most) {
            take(newRows, Math.min(most, all - v));
            columns(v);
        }
        a.add(Gp.RDI, 4 * PAGE * rows);
        a.add(Gp.RDX, 4 * dim * rows);
        a.add(Gp.R9, 8 * rows);
    }

    private void columns(int first) {
        Gp weights = Gp.RAX;
        for (int r = 0; r < rows; r++) {
            a.emit(VBROADCASTSS, number(r), Mem.at(Gp.R9, 8 * r + 4));
            for (int j = 0; j < vectors; j++) {
                a.emit(VMULPS, sum(r, j), number(r), Mem.at(Gp.RDX, 4 * dim * r + Simd.BYTES * (first + j)));
            }
        }
        a.mov(weights, Gp.RDI);
        a.mov(AT, Gp.RSI);
        a.mov(SCALE_AT, SCALES);
        a.mov(COUNTER, POSITIONS);
        if (first == 0) {
            next.rest(PAGE);
            later.rest(PAGE);
        }
        Loop positions = new Loop(a, COUNTER);
        if (first == 0) {
            next.step(PAGE);
            later.step(PAGE);
        }
        numbers(weights, 0, 4 * PAGE);
        for (int j = 0; j < vectors; j++) {
            page.value(loaded(), AT, SCALE_AT, first + j, j == 0);
            multiply(j);
        }
        a.add(weights, 4);
        a.add(AT, page.valueStride(dim));
        a.add(SCALE_AT, 2);
        positions.end();
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < vectors; j++) {
                a.emit(VMOVUPS, Mem.at(Gp.RDX, 4 * dim * r + Simd.BYTES * (first + j)), sum(r, j));
            }
        }
    }

    /** The number that each row has at {@code offset}. */
    private void numbers(Gp at, int offset, int stride) {
        for (int r = 0; r < rows; r++) {
            a.emit(VBROADCASTSS, number(r), Mem.at(at, stride * r + offset));
        }
    }

    /** Adds the loaded vector times the rows' numbers to sums j. */
    private void multiply(int j) {
        for (int r = 0; r < rows; r++) {
            a.emit(VFMADD231PS, sum(r, j), number(r), loaded());
        }
    }
}
