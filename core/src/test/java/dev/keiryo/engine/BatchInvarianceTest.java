package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.keiryo.TestData;
import dev.keiryo.assembler.CpuFeatures;
import dev.keiryo.cache.KvType;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.kernel.EmittedKernels;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.ScalarKernels;
import dev.keiryo.kernel.VectorKernels;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A sequence's logits are the same bit for bit whatever shares its batch, however the prompt is split, and however many
 * threads run.
 */
class BatchInvarianceTest {
    private static final int TOKENS = 70;
    private static final int VOCABULARY = 512;

    /** Where machine code is limited, nothing else changes. */
    private static final boolean ALL_SETS = System.getProperty(CpuFeatures.PROPERTY) == null;

    @TestFactory
    List<DynamicTest> logitsDoNotDependOnTheBatch() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String model : List.of(
                "architectures/llama-gqa",
                "architectures/gemma2",
                "architectures/mixtral",
                "architectures/mpt",
                "quantization/F16",
                "quantization/BF16",
                "quantization/Q8_0",
                "quantization/Q4_0",
                "quantization/Q4_K_M",
                "quantization/Q6_K",
                "quantization/Q5_0")) {
            Path file = TestData.path("golden/" + model + ".gguf");
            if (ALL_SETS) {
                tests.add(
                        DynamicTest.dynamicTest(model + " vector", () -> check(file, new VectorKernels(), KvType.F32)));
            }
            if (EmittedKernels.isPossible()) {
                tests.add(DynamicTest.dynamicTest(
                        model + " emitted", () -> check(file, new EmittedKernels(), KvType.F32)));
            }
        }
        for (String model : ALL_SETS
                ? List.of("architectures/llama-gqa", "architectures/gemma2", "quantization/Q4_K_M")
                : List.<String>of()) {
            Path file = TestData.path("golden/" + model + ".gguf");
            tests.add(DynamicTest.dynamicTest(model + " scalar", () -> check(file, new ScalarKernels(), KvType.F32)));
        }
        Path llama = TestData.path("golden/architectures/llama-gqa.gguf");
        Path gemma = TestData.path("golden/architectures/gemma2.gguf");
        for (KvType type : KvType.values()) {
            if (ALL_SETS) {
                tests.add(DynamicTest.dynamicTest(type + " scalar", () -> check(llama, new ScalarKernels(), type)));
                tests.add(DynamicTest.dynamicTest(type + " vector", () -> check(llama, new VectorKernels(), type)));
            }
            if (EmittedKernels.isPossible()) {
                tests.add(DynamicTest.dynamicTest(type + " emitted", () -> check(llama, new EmittedKernels(), type)));
                tests.add(DynamicTest.dynamicTest(
                        type + " emitted, windows", () -> check(gemma, new EmittedKernels(), type)));
            }
        }
        return tests;
    }

    private static void check(Path file, Kernels kernels, KvType type) throws IOException {
        Random random = new Random(file.getFileName().hashCode());
        int[] ids = tokens(random, TOKENS);
        float[][] expected;
        try (Engine engine = Engine.open(
                        Gguf.open(file),
                        EngineOptions.defaults()
                                .withKernels(kernels)
                                .withKvType(type)
                                .withThreads(1));
                Sequence sequence = engine.newSequence(TOKENS)) {
            expected = rows(engine.forward(Batch.of(sequence, ids, Batch.Output.ALL)), 0, TOKENS);
        }
        for (int threads = 1; threads <= 3; threads++) {
            try (Engine engine = Engine.open(
                    Gguf.open(file),
                    EngineOptions.defaults()
                            .withKernels(kernels)
                            .withKvType(type)
                            .withThreads(threads))) {
                int half = 1 + random.nextInt(TOKENS - 1);
                compare(expected, pieces(engine, ids, new int[] {half}));
                compare(expected, amongOthers(engine, ids, random));
                if (threads == 2) {
                    int[] singly = IntStream.rangeClosed(1, TOKENS).toArray();
                    compare(expected, pieces(engine, ids, new int[] {TOKENS}));
                    compare(expected, pieces(engine, ids, singly));
                }
            }
        }
    }

    /** Feeds {@code ids} up to each end in turn, then the rest. */
    private static float[][] pieces(Engine engine, int[] ids, int[] ends) {
        List<float[]> all = new ArrayList<>();
        try (Sequence sequence = engine.newSequence(ids.length)) {
            for (int end : ends) {
                feed(engine, sequence, ids, end, all);
            }
            feed(engine, sequence, ids, ids.length, all);
        }
        return all.toArray(float[][]::new);
    }

    private static void feed(Engine engine, Sequence sequence, int[] ids, int end, List<float[]> all) {
        int from = sequence.length();
        if (from < end) {
            Matrix logits = engine.forward(new Batch().add(sequence, ids, from, end, Batch.Output.ALL));
            all.addAll(List.of(rows(logits, 0, end - from)));
        }
    }

    /** Feeds {@code ids} in random pieces, each between stretches of two other sequences. */
    private static float[][] amongOthers(Engine engine, int[] ids, Random random) {
        List<float[]> all = new ArrayList<>();
        try (Sequence before = engine.newSequence(20 * TOKENS);
                Sequence sequence = engine.newSequence(ids.length);
                Sequence after = engine.newSequence(20 * TOKENS)) {
            while (sequence.length() < ids.length) {
                int from = sequence.length();
                int to = Math.min(ids.length, from + 1 + random.nextInt(40));
                int[] other = tokens(random, 1 + random.nextInt(9));
                Batch batch = new Batch()
                        .add(before, other, 0, other.length, Batch.Output.LAST)
                        .add(sequence, ids, from, to, Batch.Output.ALL)
                        .add(after, other, 0, other.length, Batch.Output.NONE);
                all.addAll(List.of(rows(engine.forward(batch), 1, to - from)));
            }
        }
        return all.toArray(float[][]::new);
    }

    private static int[] tokens(Random random, int n) {
        return random.ints(n, 0, VOCABULARY).toArray();
    }

    private static float[][] rows(Matrix m, int from, int n) {
        float[][] out = new float[n][];
        for (int i = 0; i < n; i++) {
            out[i] = m.toArray(from + i);
        }
        return out;
    }

    private static void compare(float[][] expected, float[][] actual) {
        for (int t = 0; t < expected.length; t++) {
            assertArrayEquals(expected[t], actual[t], "logits after token " + t);
        }
    }
}
