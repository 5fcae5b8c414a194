package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.huggingface.HuggingFace;
import dev.keiryo.kernel.Kernels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * 100,000 tokens, sequence after sequence, of a trained model: neither the heap nor the process grows. Run by
 * {@code mvn verify -Psoak}.
 */
class FlatMemorySoakTest {
    private static final int TOKENS = 100_000;
    private static final int SEQUENCE = 400;
    /** Tokens after which compilers and caches have grown to their size. */
    private static final int WARM = 40_000;
    /** What the runtime itself may take: compiled code, profiles, the collector's tables. */
    private static final long BOUND = 16L << 20;

    @Test
    void aHundredThousandTokensTakeNoMemory() throws IOException {
        try (Engine engine = Engine.open(
                HuggingFace.open(TestData.path("models/TinyStories-656K")),
                EngineOptions.defaults().withKernels(Kernels.best()).withThreads(2))) {
            generate(engine, WARM);
            long heap = heap();
            long resident = resident();
            generate(engine, TOKENS);
            long heapGrowth = heap() - heap;
            long residentGrowth = resident() - resident;
            System.out.printf(
                    "%,d tokens: heap %+,d bytes, resident set %+,d bytes (of %,d)%n",
                    TOKENS, heapGrowth, residentGrowth, resident);
            assertTrue(heapGrowth < BOUND, "the heap grew by " + heapGrowth + " bytes");
            assertTrue(residentGrowth < BOUND, "the process grew by " + residentGrowth + " bytes");
        }
    }

    private static void generate(Engine engine, int tokens) {
        Batch batch = new Batch();
        int[] id = new int[1];
        for (int done = 0; done < tokens; done += SEQUENCE) {
            try (Sequence sequence = engine.newSequence(SEQUENCE)) {
                for (int i = 0; i < SEQUENCE; i++) {
                    id[0] = 1 + (done + 7 * i) % 500;
                    engine.forward(batch.clear().add(sequence, id, 0, 1, Batch.Output.LAST));
                }
            }
        }
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Linux: VmRSS of this process, bytes. */
    private static long resident() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
        throw new IOException("/proc/self/status has no VmRSS");
    }
}
