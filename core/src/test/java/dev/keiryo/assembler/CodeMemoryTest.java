package dev.keiryo.assembler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Emitted code is run, and computes what Java does. */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
@EnabledOnOs({OS.LINUX, OS.MAC})
final class CodeMemoryTest {
    @Test
    void passesSixArgumentsAndAResult() throws IOException {
        Assembler a = new Assembler();
        a.mov(Gp.RAX, Gp.RDI);
        a.sub(Gp.RAX, Gp.RSI);
        a.imul(Gp.RAX, Gp.RDX);
        a.add(Gp.RAX, Gp.RCX);
        a.imul(Gp.R8, Gp.R8, 1000);
        a.xor(Gp.RAX, Gp.R8);
        a.lea(Gp.RAX, Mem.at(Gp.RAX, Gp.R9, 8, -5));
        a.ret();
        Random random = new Random(1);
        try (CodeMemory code = CodeMemory.load(a.finish())) {
            for (int i = 0; i < 100; i++) {
                long[] x = random.longs(6).toArray();
                long expected = (((x[0] - x[1]) * x[2] + x[3]) ^ (x[4] * 1000)) + 8 * x[5] - 5;
                assertEquals(expected, NativeCall.callLong(code.entry(), x[0], x[1], x[2], x[3], x[4], x[5]));
            }
        }
    }

    @Test
    void loopsOverMemoryWithConstants() throws IOException {
        // y[i] = 3 y[i] + 2^i, and the sum of all, as integers
        Assembler a = new Assembler();
        Label loop = a.label();
        Label done = a.label();
        a.mov(Gp.RAX, 0);
        a.lea(Gp.R10, a.constant(1, 2, 4, 8, 16, 32, 64, 128));
        a.align(16);
        a.bind(loop);
        a.test(Gp.RSI, Gp.RSI);
        a.jump(Condition.E, done);
        a.load32(Gp.RCX, Mem.at(Gp.RDI));
        a.imul(Gp.RCX, Gp.RCX, 3);
        a.load32(Gp.RDX, Mem.at(Gp.R10));
        a.add(Gp.RCX, Gp.RDX);
        a.store32(Mem.at(Gp.RDI), Gp.RCX);
        a.add(Gp.RAX, Gp.RCX);
        a.add(Gp.RDI, 4);
        a.add(Gp.R10, 4);
        a.dec(Gp.RSI);
        a.jump(loop);
        a.bind(done);
        a.ret();
        try (CodeMemory code = CodeMemory.load(a.finish());
                Arena arena = Arena.ofConfined()) {
            MemorySegment y = arena.allocateFrom(ValueLayout.JAVA_INT, 5, 4, 3, 2, 1, 0, 7, 9, -77);
            assertEquals(3 * 31 + 255, NativeCall.callLong(code.entry(), y.address(), 8, 0, 0, 0, 0));
            assertArrayEquals(new int[] {16, 14, 13, 14, 19, 32, 85, 155, -77}, y.toArray(ValueLayout.JAVA_INT));
        }
    }

    @Test
    void runsVectorCodeOfBothKinds() throws IOException {
        CpuFeatures features = CpuFeatures.detect();
        if (features.avx2() && features.fma()) {
            multipliesAndAdds(8);
        }
        if (features.avx512()) {
            multipliesAndAdds(16);
        }
    }

    /** z = x y + 0.5, one vector. */
    private static void multipliesAndAdds(int lanes) throws IOException {
        Vec x = new Vec(1, 32 * lanes);
        Vec y = new Vec(lanes == 16 ? 20 : 2, 32 * lanes);
        Vec z = new Vec(3, 32 * lanes);
        Assembler a = new Assembler();
        a.emit(Instruction.VBROADCASTSS, z, a.constant(0.5f));
        a.emit(Instruction.VMOVUPS, x, Mem.at(Gp.RDI));
        a.emit(Instruction.VMOVUPS, y, Mem.at(Gp.RSI));
        a.emit(Instruction.VFMADD231PS, z, x, y);
        a.emit(Instruction.VMOVUPS, Mem.at(Gp.RDX), z);
        a.vzeroupper();
        a.ret();
        Random random = new Random(2);
        try (CodeMemory code = CodeMemory.load(a.finish());
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, 3L * lanes);
            for (int i = 0; i < 2 * lanes; i++) {
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
            }
            long bytes = 4L * lanes;
            NativeCall.call(
                    code.entry(), memory.address(), memory.address() + bytes, memory.address() + 2 * bytes, 0, 0, 0);
            for (int i = 0; i < lanes; i++) {
                float expected = Math.fma(
                        memory.getAtIndex(ValueLayout.JAVA_FLOAT, i),
                        memory.getAtIndex(ValueLayout.JAVA_FLOAT, lanes + i),
                        0.5f);
                assertEquals(expected, memory.getAtIndex(ValueLayout.JAVA_FLOAT, 2L * lanes + i));
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void isExecutableAndNotWritable() throws IOException {
        byte[] code = new byte[10_000];
        code[0] = (byte) 0xC3;
        MemorySegment entry;
        try (CodeMemory memory = CodeMemory.load(code)) {
            entry = memory.entry();
            assertEquals("r-xp", permissions(entry.address()));
            assertEquals("r-xp", permissions(entry.address() + code.length - 1));
            assertArrayEquals(code, entry.toArray(ValueLayout.JAVA_BYTE));
            assertThrows(IllegalArgumentException.class, () -> entry(memory).set(ValueLayout.JAVA_BYTE, 0, (byte) 0));
            assertEquals(0, entry.address() % 64);
        }
        assertFalse(permissions(entry.address()).contains("x"), "given back");
    }

    @Test
    void closesTwice() throws IOException {
        CodeMemory memory = CodeMemory.load(new byte[] {(byte) 0xC3});
        NativeCall.call(memory.entry(), 0, 0, 0, 0, 0, 0);
        memory.close();
        memory.close();
    }

    @Test
    void refusesNoCode() {
        assertThrows(IllegalArgumentException.class, () -> CodeMemory.load(new byte[0]));
    }

    @Test
    void allocatesNothing() throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Assembler a = new Assembler();
        a.lea(Gp.RAX, Mem.at(Gp.RDI, Gp.RSI, 1));
        a.ret();
        try (CodeMemory code = CodeMemory.load(a.finish())) {
            MemorySegment entry = code.entry();
            long least = Long.MAX_VALUE;
            // Until it is compiled, which takes however long it takes.
            for (int round = 0; round < 200 && least > 10_000; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                assertEquals(50_000L * 50_000L, calls(entry, 50_000));
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertTrue(least <= 10_000, least + " bytes for 50,000 calls");
        }
    }

    private static long calls(MemorySegment entry, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += NativeCall.callLong(entry, i, i + 1, 0, 0, 0, 0);
        }
        return sum;
    }

    private static MemorySegment entry(CodeMemory memory) {
        return memory.entry();
    }

    private static String permissions(long address) throws IOException {
        List<String> maps = Files.readAllLines(Path.of("/proc/self/maps"));
        for (String line : maps) {
            int dash = line.indexOf('-');
            int space = line.indexOf(' ');
            if (Long.compareUnsigned(address, Long.parseUnsignedLong(line, 0, dash, 16)) >= 0
                    && Long.compareUnsigned(address, Long.parseUnsignedLong(line, dash + 1, space, 16)) < 0) {
                return line.substring(space + 1, space + 5);
            }
        }
        return "none";
    }
}
