package dev.keiryo.bench;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Each benchmark runs for some milliseconds, small; wrong results would fail it. */
class BenchmarksTest {
    private static ChainedOptionsBuilder options(Class<?> benchmark) {
        return new OptionsBuilder()
                .include(benchmark.getName() + "\\..*")
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(5))
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .param("kernels", "VECTOR");
    }

    private static void run(ChainedOptionsBuilder options, int expected) throws RunnerException {
        Collection<RunResult> results = new Runner(options.build()).run();
        assertEquals(expected, results.size());
        for (RunResult result : results) {
            assertTrue(
                    requireNonNull(result.getSecondaryResults().get("gigabyte")).getScore() > 0);
        }
    }

    @Test
    void gemm() throws RunnerException {
        run(options(GemmBenchmark.class).param("shape", "9x70x40").param("layout", "NT"), 2);
    }

    /** Every weight format. */
    @Test
    void matmul() throws RunnerException {
        run(
                options(MatmulBenchmark.class)
                        .param("rows", "40")
                        .param("cols", "256")
                        .param("tokens", "3"),
                19);
    }

    /** Five types of cache, two sizes of heads. */
    @Test
    void attention() throws RunnerException {
        run(options(AttentionBenchmark.class).param("tokens", "19").param("length", "150"), 10);
    }

    @Test
    void elements() throws RunnerException {
        run(
                options(ElementsBenchmark.class).param("rows", "3").param("cols", "128"),
                ElementsBenchmark.Operation.values().length);
    }

    @Test
    void masks() throws RunnerException {
        Collection<RunResult> results = new Runner(
                        options(MaskBenchmark.class).param("vocabulary", "2000").build())
                .run();
        assertEquals(1, results.size());
    }

    @Test
    void wrongResultsAreSeen() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix expected = Data.random(arena, 3, 5, 1);
            Matrix actual = Data.random(arena, 3, 5, 1);
            Data.check("a copy", expected, actual, 0, 5, 0);
            actual.put(2, 4, actual.get(2, 4) + 0.001f);
            Data.check("all but the last column", expected, actual, 0, 4, 0);
            assertThrows(IllegalStateException.class, () -> Data.check("it", expected, actual, 0, 5, 1e-5));
            actual.put(2, 4, Float.NaN);
            assertThrows(IllegalStateException.class, () -> Data.check("it", expected, actual, 0, 5, 1e-5));
        }
    }

    @Test
    void whatCannotRunFails() {
        assertThrows(
                RunnerException.class,
                () -> run(
                        options(GemmBenchmark.class).param("shape", "nonsense").param("layout", "NT"), 2));
    }
}
