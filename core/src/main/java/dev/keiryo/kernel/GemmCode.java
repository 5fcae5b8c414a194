package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Instruction;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Prefetch;
import dev.keiryo.assembler.Vec;
import dev.keiryo.tensor.TensorType;
import java.util.function.Consumer;

/**
 * Machine code for {@link EmittedGemm}: some rows of C times some vectors of columns, all of their sums in
 * registers, for one panel of A after another. Arguments:
 *
 * <pre>
 *   rdi  A's panels: for each k the numbers of ROWS rows     rcx  bytes from one row of C to the next
 *   rsi  B: for each k the numbers of its columns            r8   bytes from one k of B to the next, where B is not packed
 *   rdx  C of the first row and column                       r9   how many panels + k·2^16 + mask of the last vector·2^32
 * </pre>
 *
 * k counts words of 32 bits: a float32, or two bfloat16 of consecutive k. With 14 rows and 2 vectors, as with AVX-512, a word takes
 * 28 products and 16 loads: 14 cycles where both are done two at a time, bound by the products; with 6 and 2, as with AVX2, 12 and 8.
 */
final class GemmCode {
    /** Rows of A in a panel. */
    static final int ROWS = Simd.WIDE ? 14 : 6;

    /** Columns of B in a panel. */
    static final int COLUMNS = 2 * Simd.LANES;

    /** With AVX2 the last one is a mask. */
    private static final int REGISTERS = Simd.WIDE ? 32 : 15;

    private static final int LANES = Simd.LANES;
    private static final int UNROLLED = 4;

    private static final Gp A = Gp.RDI;
    private static final Gp B = Gp.RSI;
    private static final Gp C = Gp.RDX;
    private static final Gp C_STRIDE = Gp.RCX;
    private static final Gp B_STRIDE = Gp.R8;
    private static final Gp PANELS = Gp.R9;
    private static final Gp WORDS = Gp.R10;
    private static final Gp COUNTER = Gp.R11;
    /** Within B, then within C. */
    private static final Gp AT = Gp.RAX;

    private static final Operand LAST = Simd.mask(1, 15);

    private final Assembler a;
    private final Instruction multiplyAdd;
    private final int rows;
    private final int vectors;
    private final boolean add;
    private final boolean packed;

    private GemmCode(Assembler a, TensorType type, int rows, int vectors, boolean add, boolean packed) {
        this.a = a;
        this.multiplyAdd = type == TensorType.F32 ? VFMADD231PS : VDPBF16PS;
        this.rows = rows;
        this.vectors = vectors;
        this.add = add;
        this.packed = packed;
    }

    /**
     * The function for the first {@code rows} rows of each panel and {@code vectors} vectors of columns.
     *
     * @param add whether sums are added to C
     * @param packed whether B is packed, in panels of {@link #COLUMNS}; otherwise it lies as it is stored
     */
    static EmittedFunction function(TensorType type, int rows, int vectors, boolean add, boolean packed) {
        return new EmittedFunction(a -> new GemmCode(a, type, rows, vectors, add, packed).emit());
    }

    /** The most vectors of columns whose sums fit into registers beside those of the operands. */
    static int mostVectors(int rows) {
        int vectors = 1;
        while (rows * (vectors + 1) + Math.min(rows, vectors + 1) + 1 <= REGISTERS) {
            vectors++;
        }
        return vectors;
    }

    private Vec sum(int row, int vector) {
        return Simd.vec(row * vectors + vector);
    }

    /** A register beside the sums. */
    private Vec spare(int i) {
        return Simd.vec(rows * vectors + i);
    }

    private void emit() {
        a.mov(WORDS, PANELS);
        a.shr(WORDS, 32);
        Simd.loadMask(a, LAST, WORDS);
        a.mov(WORDS, PANELS);
        a.shr(WORDS, 16);
        a.and(WORDS, 0xFFFF);
        a.and(PANELS, 0xFFFF);
        Label nextPanel = a.label();
        a.align(16);
        a.bind(nextPanel);
        begin();
        loop(UNROLLED, code -> code.shr(COUNTER, Integer.numberOfTrailingZeros(UNROLLED)));
        loop(1, code -> code.and(COUNTER, UNROLLED - 1));
        finish();
        a.dec(PANELS);
        a.jump(Condition.NE, nextPanel);
        a.vzeroupper();
        a.ret();
    }

    private void begin() {
        a.mov(AT, C);
        for (int row = 0; row < rows; row++) {
            for (int vector = 0; vector < vectors; vector++) {
                a.prefetch(Prefetch.T0, Mem.at(AT, 4 * LANES * vector));
                Simd.clear(a, sum(row, vector));
            }
            a.add(AT, C_STRIDE);
        }
        a.mov(AT, B);
    }

    /** {@code steps} words at a time, as often as {@code count} makes of their number. */
    private void loop(int steps, Consumer<Assembler> count) {
        Label end = a.label();
        Label again = a.label();
        a.mov(COUNTER, WORDS);
        count.accept(a);
        a.cmp(COUNTER, 0);
        a.jump(Condition.E, end);
        a.align(16);
        a.bind(again);
        for (int step = 0; step < steps; step++) {
            if (vectors <= rows) {
                columnsFirst(step);
            } else {
                rowsFirst(step);
            }
            if (!packed) {
                a.add(AT, B_STRIDE);
            }
        }
        a.add(A, 4 * ROWS * steps);
        if (packed) {
            a.add(AT, 4 * COLUMNS * steps);
        }
        a.dec(COUNTER);
        a.jump(Condition.NE, again);
        a.bind(end);
    }

    private Mem weight(int step, int row) {
        return Mem.at(A, 4 * (ROWS * step + row));
    }

    /** Loads a vector of B. */
    private void column(Vec to, int step, int vector) {
        Mem from = Mem.at(AT, 4 * ((packed ? COLUMNS * step : 0) + LANES * vector));
        if (!packed && vector == vectors - 1) {
            Simd.load(a, LAST, to, from);
        } else {
            a.emit(VMOVUPS, to, from);
        }
    }

    private void columnsFirst(int step) {
        for (int vector = 0; vector < vectors; vector++) {
            column(spare(vector), step, vector);
        }
        int free = REGISTERS - rows * vectors - vectors;
        for (int row = 0; row < rows; row++) {
            if (vectors == 1 && Simd.WIDE) {
                a.emit(multiplyAdd, sum(row, 0), spare(0), weight(step, row).broadcast());
                continue;
            }
            Vec weight = spare(vectors + row % free);
            a.emit(VBROADCASTSS, weight, weight(step, row));
            for (int vector = 0; vector < vectors; vector++) {
                a.emit(multiplyAdd, sum(row, vector), spare(vector), weight);
            }
        }
    }

    private void rowsFirst(int step) {
        for (int row = 0; row < rows; row++) {
            a.emit(VBROADCASTSS, spare(row), weight(step, row));
        }
        int free = REGISTERS - rows * vectors - rows;
        for (int vector = 0; vector < vectors; vector++) {
            Vec column = spare(rows + vector % free);
            column(column, step, vector);
            for (int row = 0; row < rows; row++) {
                a.emit(multiplyAdd, sum(row, vector), column, spare(row));
            }
        }
    }

    /** Stores the sums and goes on to the next rows of C. */
    private void finish() {
        for (int row = 0; row < rows; row++) {
            for (int vector = 0; vector < vectors; vector++) {
                boolean last = vector == vectors - 1;
                Mem c = Mem.at(C, 4 * LANES * vector);
                if (add && last) {
                    Simd.load(a, LAST, spare(0), c);
                    a.emit(VADDPS, sum(row, vector), sum(row, vector), spare(0));
                } else if (add) {
                    a.emit(VADDPS, sum(row, vector), sum(row, vector), c);
                }
                if (last) {
                    Simd.store(a, LAST, c, sum(row, vector));
                } else {
                    a.emit(VMOVUPS, c, sum(row, vector));
                }
            }
            a.add(C, C_STRIDE);
        }
    }
}
