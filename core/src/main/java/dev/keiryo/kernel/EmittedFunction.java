package dev.keiryo.kernel;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.CodeMemory;
import dev.keiryo.assembler.NativeCall;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A function in machine code, emitted when it is first called and kept for the life of the process. Thread-safe. */
final class EmittedFunction {
    private final Consumer<Assembler> body;
    private volatile @Nullable MemorySegment entry;

    /** @param body emits the function, whose arguments are in the registers of the platform's C convention */
    EmittedFunction(Consumer<Assembler> body) {
        this.body = body;
    }

    /** Six 64-bit arguments: addresses, whole numbers, or the bits of others. The code checks none of them. */
    void call(long a, long b, long c, long d, long e, long f) {
        MemorySegment code = entry;
        NativeCall.call(code == null ? load() : code, a, b, c, d, e, f);
    }

    /** As {@link #call}, with a result. */
    long callLong(long a, long b, long c, long d, long e, long f) {
        MemorySegment code = entry;
        return NativeCall.callLong(code == null ? load() : code, a, b, c, d, e, f);
    }

    /** Where a row begins, for {@link #call}. */
    static long address(Matrix m, int row) {
        if (!m.data().isNative()) {
            throw new IllegalArgumentException("machine code cannot reach a matrix on the heap: " + m);
        }
        return m.data().address() + m.rowOffset(row);
    }

    private synchronized MemorySegment load() {
        MemorySegment code = entry;
        if (code == null) {
            Assembler assembler = Simd.assembler();
            body.accept(assembler);
            try {
                // Never closed: threads may be running in it until the process ends.
                code = CodeMemory.load(assembler.finish()).entry();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            entry = code;
        }
        return code;
    }
}
