package dev.keiryo.assembler;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Calls machine code by the C convention of the platform: six 64-bit arguments, of which the code may ignore the last. No allocation. */
public final class NativeCall {
    private static final FunctionDescriptor VOID = FunctionDescriptor.ofVoid(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG);
    private static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(VOID);
    private static final MethodHandle CALL_LONG =
            Linker.nativeLinker().downcallHandle(VOID.changeReturnLayout(ValueLayout.JAVA_LONG));

    private NativeCall() {}

    /** Calls {@code function}, which must be code of that signature: anything else ends the process, or worse. */
    public static void call(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        try {
            CALL.invokeExact(function, a, b, c, d, e, f);
        } catch (Throwable impossible) {
            throw failure(impossible);
        }
    }

    /** As {@link #call}, with a result. */
    public static long callLong(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        try {
            return (long) CALL_LONG.invokeExact(function, a, b, c, d, e, f);
        } catch (Throwable impossible) {
            throw failure(impossible);
        }
    }

    /** What the linker itself throws: a closed or null address. */
    private static RuntimeException failure(Throwable thrown) {
        if (thrown instanceof RuntimeException unchecked) {
            return unchecked;
        }
        return new IllegalStateException("native call failed", thrown);
    }
}
