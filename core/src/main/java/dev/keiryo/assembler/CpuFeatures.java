package dev.keiryo.assembler;

import static dev.keiryo.assembler.Gp.RAX;
import static dev.keiryo.assembler.Gp.RBX;
import static dev.keiryo.assembler.Gp.RCX;
import static dev.keiryo.assembler.Gp.RDI;
import static dev.keiryo.assembler.Gp.RDX;
import static dev.keiryo.assembler.Gp.RSI;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;

/**
 * What emitted code may use: the processor has it, the operating system keeps the registers it needs, and executable memory is
 * granted. Without AVX2 nothing is there at all.
 *
 * @param avx512 the subsets F, BW, VL and DQ together
 */
public record CpuFeatures(
        boolean avx2,
        boolean fma,
        boolean f16c,
        boolean avxvnni,
        boolean avx512,
        boolean avx512vnni,
        boolean avx512vbmi,
        boolean avx512bf16) {
    /** No emitted code. */
    public static final CpuFeatures NONE = new CpuFeatures(false, false, false, false, false, false, false, false);

    /** The system property that limits what is used: {@code avxvnni} (no AVX-512), {@code avx2} (nor AVX-VNNI) or {@code none}. */
    public static final String PROPERTY = "keiryo.cpu";

    // XCR0: who keeps which registers when threads are switched
    private static final int YMM_STATE = 0x06;
    private static final int ZMM_STATE = 0xE6;

    public CpuFeatures {
        if ((!avx2 && (fma || f16c || avxvnni || avx512)) || (!avx512 && (avx512vnni || avx512vbmi || avx512bf16))) {
            throw new IllegalArgumentException(
                    "AVX-512 and the like come with AVX2, and AVX-512's extensions with AVX-512");
        }
    }

    /**
     * Asks the processor. {@link #NONE} on other processors than x86-64, on other systems than Linux and macOS, and where executable
     * memory is refused.
     *
     * @throws IllegalArgumentException where the system property {@value #PROPERTY} is none of these
     */
    public static CpuFeatures detect() {
        String limit = System.getProperty(PROPERTY);
        if (limit != null && !List.of("avxvnni", "avx2", "none").contains(limit)) {
            throw new IllegalArgumentException("-D%s=%s: expected avxvnni, avx2 or none".formatted(PROPERTY, limit));
        }
        if ("none".equals(limit) || !isSupportedPlatform()) {
            return NONE;
        }
        CpuFeatures all;
        try {
            all = ask();
        } catch (IOException refused) {
            System.getLogger(CpuFeatures.class.getName())
                    .log(System.Logger.Level.INFO, "no emitted code: " + refused.getMessage());
            return NONE;
        }
        return limit == null
                ? all
                : new CpuFeatures(
                        all.avx2,
                        all.fma,
                        all.f16c,
                        all.avxvnni && limit.equals("avxvnni"),
                        false,
                        false,
                        false,
                        false);
    }

    private static boolean isSupportedPlatform() {
        String processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        return (processor.equals("amd64") || processor.equals("x86_64"))
                && (system.startsWith("linux") || system.startsWith("mac"));
    }

    /** Intel SDM volume 1, 14.3 and 15.2 to 15.4: CPUID says OSXSAVE, XCR0 says which state, CPUID says which instructions. */
    private static CpuFeatures ask() throws IOException {
        try (CodeMemory cpuid = CodeMemory.load(cpuidFunction());
                CodeMemory xgetbv = CodeMemory.load(xgetbvFunction());
                Arena arena = Arena.ofConfined()) {
            MemorySegment registers = arena.allocate(ValueLayout.JAVA_INT, 4);
            int leaves = cpuid(cpuid, registers, 0, 0)[0];
            int ecx1 = cpuid(cpuid, registers, 1, 0)[2];
            boolean systemSaves = bit(ecx1, 27);
            if (leaves < 7 || !systemSaves) {
                return NONE;
            }
            long state = NativeCall.callLong(xgetbv.entry(), 0, 0, 0, 0, 0, 0);
            int[] leaf7 = cpuid(cpuid, registers, 7, 0);
            int eax71 = leaf7[0] >= 1 ? cpuid(cpuid, registers, 7, 1)[0] : 0;
            int ebx7 = leaf7[1];
            int ecx7 = leaf7[2];
            boolean avx2 = (state & YMM_STATE) == YMM_STATE && bit(ecx1, 28) && bit(ebx7, 5);
            boolean avx512 = avx2
                    && (state & ZMM_STATE) == ZMM_STATE
                    && bit(ebx7, 16)
                    && bit(ebx7, 17)
                    && bit(ebx7, 30)
                    && bit(ebx7, 31);
            return new CpuFeatures(
                    avx2,
                    avx2 && bit(ecx1, 12),
                    avx2 && bit(ecx1, 29),
                    avx2 && bit(eax71, 4),
                    avx512,
                    avx512 && bit(ecx7, 11),
                    avx512 && bit(ecx7, 1),
                    avx512 && bit(eax71, 5));
        }
    }

    private static boolean bit(int register, int number) {
        return (register >> number & 1) != 0;
    }

    /** EAX, EBX, ECX, EDX. */
    private static int[] cpuid(CodeMemory function, MemorySegment registers, int leaf, int subleaf) {
        NativeCall.call(function.entry(), leaf, subleaf, registers.address(), 0, 0, 0);
        return registers.toArray(ValueLayout.JAVA_INT);
    }

    private static byte[] cpuidFunction() {
        Assembler a = new Assembler();
        a.push(RBX);
        a.mov(Gp.R8, RDX);
        a.mov(RAX, RDI);
        a.mov(RCX, RSI);
        a.cpuid();
        a.store32(Mem.at(Gp.R8, 0), RAX);
        a.store32(Mem.at(Gp.R8, 4), RBX);
        a.store32(Mem.at(Gp.R8, 8), RCX);
        a.store32(Mem.at(Gp.R8, 12), RDX);
        a.pop(RBX);
        a.ret();
        return a.finish();
    }

    private static byte[] xgetbvFunction() {
        Assembler a = new Assembler();
        a.mov(RCX, 0);
        a.xgetbv();
        a.shl(RDX, 32);
        a.or(RAX, RDX);
        a.ret();
        return a.finish();
    }

    /** For a log line: {@code avx2 fma avx512 avx512vnni}, or {@code none}. */
    @Override
    public String toString() {
        String text = (avx2 ? " avx2" : "")
                + (fma ? " fma" : "")
                + (f16c ? " f16c" : "")
                + (avxvnni ? " avxvnni" : "")
                + (avx512 ? " avx512" : "")
                + (avx512vnni ? " avx512vnni" : "")
                + (avx512vbmi ? " avx512vbmi" : "")
                + (avx512bf16 ? " avx512bf16" : "");
        return text.isEmpty() ? "none" : text.substring(1);
    }
}
