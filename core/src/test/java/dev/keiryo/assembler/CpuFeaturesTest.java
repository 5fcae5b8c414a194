package dev.keiryo.assembler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What the processor says of itself, against what the kernel says of it. */
final class CpuFeaturesTest {
    private final String set = System.getProperty(CpuFeatures.PROPERTY, "");

    @AfterEach
    void restore() {
        limit(set);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
    void agreesWithTheKernel() throws IOException {
        limit("");
        Set<String> flags = kernelFlags();
        boolean avx512 = flags.containsAll(List.of("avx512f", "avx512bw", "avx512vl", "avx512dq"));
        CpuFeatures expected = new CpuFeatures(
                flags.contains("avx2"),
                flags.contains("fma"),
                flags.contains("f16c"),
                flags.contains("avx_vnni"),
                avx512,
                avx512 && flags.contains("avx512_vnni"),
                avx512 && flags.contains("avx512vbmi"),
                avx512 && flags.contains("avx512_bf16"));
        assertEquals(expected, CpuFeatures.detect());
    }

    @Test
    void isLimitedByProperty() {
        limit("");
        CpuFeatures all = CpuFeatures.detect();
        limit("avx2");
        CpuFeatures avx2 = CpuFeatures.detect();
        assertEquals(new CpuFeatures(all.avx2(), all.fma(), all.f16c(), false, false, false, false, false), avx2);
        limit("avxvnni");
        CpuFeatures avxvnni = CpuFeatures.detect();
        assertEquals(
                new CpuFeatures(all.avx2(), all.fma(), all.f16c(), all.avxvnni(), false, false, false, false), avxvnni);
        limit("none");
        assertSame(CpuFeatures.NONE, CpuFeatures.detect());
        limit("sse9");
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, CpuFeatures::detect)
                .getMessage());
        assertTrue(message.contains("sse9") && message.contains("avx2") && message.contains("none"), message);
    }

    @Test
    void isNoneElsewhere() {
        limit("");
        String processor = System.getProperty("os.arch");
        try {
            System.setProperty("os.arch", "aarch64");
            assertSame(CpuFeatures.NONE, CpuFeatures.detect());
        } finally {
            System.setProperty("os.arch", processor);
        }
    }

    @Test
    void readsShort() {
        assertEquals("none", CpuFeatures.NONE.toString());
        assertEquals(
                "avx2 fma f16c avxvnni avx512 avx512vnni avx512vbmi avx512bf16",
                new CpuFeatures(true, true, true, true, true, true, true, true).toString());
        assertThrows(
                IllegalArgumentException.class,
                () -> new CpuFeatures(true, true, true, true, false, true, false, false));
        assertFalse(CpuFeatures.NONE.avx2());
    }

    private static void limit(String value) {
        if (value.isEmpty()) {
            System.clearProperty(CpuFeatures.PROPERTY);
        } else {
            System.setProperty(CpuFeatures.PROPERTY, value);
        }
    }

    private static Set<String> kernelFlags() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(text -> text.startsWith("flags"))
                .findFirst()
                .orElse("");
        return new HashSet<>(Arrays.asList(line.substring(line.indexOf(':') + 1).split(" ", -1)));
    }
}
