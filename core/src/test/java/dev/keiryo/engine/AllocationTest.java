package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.kernel.EmittedKernels;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.VectorKernels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A token leaves no garbage: bytes that the caller and the workers allocate. Scalar kernels allocate as they please; vectors
 * are objects until the compiler has done with them, which is waited for.
 */
class AllocationTest {
    private static final int CONTEXT = 60;
    private static final int ROUNDS = 10;
    /** How often it may be measured until the compiler has done with everything: garbage would be in each of them. */
    private static final int WINDOWS = 200;

    /** Bytes per token that the runtime's own work in these threads may come to. */
    private static final double BOUND = 64;

    /**
     * The same with vector kernels: a vector that is an object takes a hundred bytes, so that one in each
     * block of a product would come to many times this.
     */
    private static final double VECTOR_BOUND = 1024;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TestFactory
    List<DynamicTest> aTokenLeavesNoGarbage() {
        Assumptions.assumeTrue(EmittedKernels.isPossible(), "the processor lacks AVX2, FMA or F16C");
        List<DynamicTest> tests = new ArrayList<>();
        for (String model : List.of("llama-gqa", "mixtral", "gemma2", "qwen3", "gpt2")) {
            Path file = TestData.path("golden/architectures/" + model + ".gguf");
            tests.add(DynamicTest.dynamicTest(model, () -> check(file, new EmittedKernels(), BOUND)));
        }
        Path quantized = TestData.path("golden/quantization/Q8_0.gguf");
        for (ActivationType type : ActivationType.values()) {
            tests.add(DynamicTest.dynamicTest(
                    type.toString(), () -> check(quantized, new EmittedKernels(), BOUND, type)));
        }
        return tests;
    }

    /** One after the other: what has been compiled for a format before must not bring those of another back. */
    @ParameterizedTest
    @DisabledIfSystemProperty(named = "keiryo.cpu", matches = ".+", disabledReason = "the same kernels")
    @ValueSource(
            strings = {
                "architectures/llama-gqa",
                "architectures/gpt2",
                "architectures/gemma2",
                "architectures/mpt",
                "quantization/Q4_1",
                "quantization/Q5_0",
                "quantization/IQ4_NL",
                "quantization/Q2_K",
                "quantization/BF16",
                "quantization/Q5_K_M",
                "quantization/Q8_0",
                "quantization/Q4_0",
                "quantization/Q4_K_M",
                "quantization/Q6_K"
            })
    void aTokenLeavesNoVectors(String model) throws IOException {
        check(TestData.path("golden/" + model + ".gguf"), new VectorKernels(), VECTOR_BOUND);
    }

    private static void check(Path file, Kernels kernels, double bound) throws IOException {
        check(file, kernels, bound, ActivationType.INT8);
    }

    private static void check(Path file, Kernels kernels, double bound, ActivationType type) throws IOException {
        EngineOptions options =
                EngineOptions.defaults().withKernels(kernels).withThreads(2).withActivations(type);
        try (Checkpoint stored = Gguf.open(file);
                Engine engine = Engine.open(ActivationTypeTest.withScales(stored, 0.02f), options);
                Sequence sequence = engine.newSequence(CONTEXT)) {
            Batch batch = new Batch();
            int[] id = new int[1];
            double least = Double.MAX_VALUE;
            for (int i = 0; i < WINDOWS && least >= bound; i++) {
                long before = allocated();
                for (int round = 0; round < ROUNDS; round++) {
                    generate(engine, sequence, batch, id);
                }
                least = Math.min(least, (double) (allocated() - before) / (ROUNDS * CONTEXT));
            }
            assertTrue(
                    least < bound,
                    least < bound ? "" : least + " bytes for each token, of them\n" + places(engine, sequence));
        }
    }

    /** What leaves them: class, how many of those that the flight recorder saw, and the methods that were running. */
    private static String places(Engine engine, Sequence sequence) throws IOException {
        Path file = Files.createTempFile("allocation", ".jfr");
        Map<String, Integer> seen = new TreeMap<>();
        try (Recording recording = new Recording()) {
            recording
                    .enable("jdk.ObjectAllocationSample")
                    .with("throttle", "1000/s")
                    .withStackTrace();
            recording.start();
            for (int round = 0; round < WINDOWS * ROUNDS; round++) {
                generate(engine, sequence, new Batch(), new int[1]);
            }
            recording.stop();
            recording.dump(file);
            for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
                RecordedStackTrace stack = event.getStackTrace();
                String methods = stack == null
                        ? "?"
                        : stack.getFrames().stream()
                                .limit(12)
                                .map(f -> f.getMethod().getType().getName() + "."
                                        + f.getMethod().getName() + ":" + f.getLineNumber())
                                .collect(Collectors.joining(" < "));
                seen.merge(event.getClass("objectClass").getName() + " in " + methods, 1, Integer::sum);
            }
        } finally {
            Files.delete(file);
        }
        return seen.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(8)
                .map(e -> e.getValue() + " × " + e.getKey())
                .collect(Collectors.joining("\n"));
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
