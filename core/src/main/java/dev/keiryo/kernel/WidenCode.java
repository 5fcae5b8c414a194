package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Vec;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/** Machine code that makes float32 of bfloat16, for processors that have no products of these. */
final class WidenCode {
    private static final int LANES = Simd.LANES;

    /** {@code (rdi bfloat16, rsi float32, rdx how many, a multiple of the lanes and at least as many)}. */
    private static final EmittedFunction WIDEN = new EmittedFunction(WidenCode::emit);

    private WidenCode() {}

    private static void emit(Assembler a) {
        Vec v = Simd.vec(0);
        Label again = a.label();
        a.align(16);
        a.bind(again);
        a.emit(VPMOVZXWD, v, Mem.at(Gp.RDI));
        a.emit(VPSLLD, v, v, 16);
        a.emit(VMOVUPS, Mem.at(Gp.RSI), v);
        a.add(Gp.RDI, 2 * LANES);
        a.add(Gp.RSI, 4 * LANES);
        a.sub(Gp.RDX, LANES);
        a.jump(Condition.NE, again);
        a.vzeroupper();
        a.ret();
    }

    /** Bytes of {@link #widened}. */
    static long bytes(MatrixView m) {
        return (long) Float.BYTES * m.rows() * m.cols();
    }

    /** The numbers of {@code m}, bfloat16, as float32 in {@code memory}, row after row or column after column as before. */
    static MatrixView widened(MatrixView m, MemorySegment memory) {
        int lines = m.columnMajor() ? m.cols() : m.rows();
        int length = m.columnMajor() ? m.rows() : m.cols();
        int whole = length / LANES * LANES;
        for (int i = 0; i < lines; i++) {
            long to = (long) Float.BYTES * length * i;
            if (whole > 0) {
                long from = m.columnMajor() ? m.address(0, i) : m.address(i, 0);
                WIDEN.call(from, memory.address() + to, whole, 0, 0, 0);
            }
            for (int j = whole; j < length; j++) {
                memory.set(Matrix.F32, to + 4L * j, m.columnMajor() ? m.get(j, i) : m.get(i, j));
            }
        }
        return new MatrixView(memory, TensorType.F32, m.rows(), m.cols(), length, m.columnMajor());
    }
}
