package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.keiryo.TestData;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.kernel.EmittedKernels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A token leaves no garbage: bytes that the caller and the workers allocate. With emitted kernels: scalar ones allocate
 * as they please, and the vectors of vector kernels are objects until the compiler has done with them.
 */
class AllocationTest {
    private static final int CONTEXT = 60;
    private static final int ROUNDS = 10;
    /** How often it may be measured until the compiler has done with everything: garbage would be in each of them. */
    private static final int WINDOWS = 200;

    /** Bytes per token that the runtime's own work in these threads may come to. */
    private static final double BOUND = 64;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TestFactory
    List<DynamicTest> aTokenLeavesNoGarbage() {
        Assumptions.assumeTrue(EmittedKernels.isPossible(), "the processor lacks AVX2, FMA or F16C");
        List<DynamicTest> tests = new ArrayList<>();
        for (String model : List.of("llama-gqa", "mixtral", "gemma2", "qwen3", "gpt2")) {
            Path file = TestData.path("golden/architectures/" + model + ".gguf");
            tests.add(DynamicTest.dynamicTest(model, () -> check(file)));
        }
        return tests;
    }

    private static void check(Path file) throws IOException {
        try (Engine engine = Engine.open(
                        Gguf.open(file),
                        EngineOptions.defaults()
                                .withKernels(new EmittedKernels())
                                .withThreads(2));
                Sequence sequence = engine.newSequence(CONTEXT)) {
            Batch batch = new Batch();
            int[] id = new int[1];
            double least = Double.MAX_VALUE;
            for (int i = 0; i < WINDOWS && least >= BOUND; i++) {
                long before = allocated();
                for (int round = 0; round < ROUNDS; round++) {
                    generate(engine, sequence, batch, id);
                }
                least = Math.min(least, (double) (allocated() - before) / (ROUNDS * CONTEXT));
            }
            assertTrue(least < BOUND, least + " bytes for each token");
        }
    }

    private static void generate(Engine engine, Sequence sequence, Batch batch, int[] id) {
        sequence.truncate(0);
        while (sequence.length() < CONTEXT) {
            id[0] = 7 * sequence.length() % 100;
            batch.clear().add(sequence, id, 0, 1, Batch.Output.LAST);
            engine.forward(batch);
        }
    }

    private static long allocated() {
        long workers = Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("keiryo-"))
                .mapToLong(Thread::threadId)
                .map(THREADS::getThreadAllocatedBytes)
                .sum();
        return workers + THREADS.getThreadAllocatedBytes(Thread.currentThread().threadId());
    }
}
