package dev.keiryo.cli;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * What the script {@code keiryo} starts: gives the process its standard error back, then runs {@link Main}.
 *
 * <p>The script lends the JVM a filter as standard error while it boots (the script says why) and passes the real one as
 * the descriptor that the system property {@code keiryo.stderr} names. Replacing the descriptor itself, and not only
 * {@link System#err}, ends the filter and lets whatever the JVM prints later, such as a crash report, reach the user.
 */
public final class Launcher {
    private static final int STDERR = 2;

    private Launcher() {}

    public static void main(String[] args) {
        Integer real = Integer.getInteger("keiryo.stderr");
        if (real != null) {
            restoreStandardError(real);
        }
        Main.main(args);
    }

    /** {@code dup2(descriptor, 2); close(descriptor)}. */
    private static void restoreStandardError(int descriptor) {
        try {
            MethodHandle dup2 = function("dup2", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
            MethodHandle close = function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
            int ignored = (int) dup2.invokeExact(descriptor, STDERR);
            ignored = (int) close.invokeExact(descriptor);
        } catch (Throwable e) {
            // The filter then stays for the whole run: stderr is complete, only not a terminal.
            System.err.println("keiryo: standard error stays a pipe: " + e);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor signature) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), signature);
    }
}
