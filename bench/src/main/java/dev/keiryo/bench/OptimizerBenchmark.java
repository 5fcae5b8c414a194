package dev.keiryo.bench;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.optimize.GradientNorm;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.optimize.OptimizerOptions;
import dev.keiryo.train.optimize.ParameterGroup;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A step of each optimizer, with weight decay and clipping, and the norm of all gradients. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class OptimizerBenchmark {
    /** As text. */
    @Param({"adamw", "adamw-8bit", "adafactor", "lion", "muon", "sgd", "sgd:momentum=0"})
    public String optimizer = "";

    /** Matrices of 2,097,152 weights. */
    @Param("16")
    public int matrices;

    /** Threads; 0: one for each processor. */
    @Param("0")
    public int threads;

    private final Arena arena = Arena.ofShared();
    private final List<Weight> weights = new ArrayList<>();
    private final Map<String, Matrix> gradients = new LinkedHashMap<>();
    private Workers workers = new Workers(1);
    private Optimizer steps = OptimizerOptions.parse("sgd").create(List.of(), workers);
    private double bytes;

    @Setup(Level.Trial)
    public void prepare() {
        workers = new Workers(threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
        for (int i = 0; i < matrices; i++) {
            Matrix w = Data.random(arena, 1024, 2048, i);
            weights.add(new Weight("blk." + i + ".ffn_up.weight", TensorType.F32, new long[] {1024, 2048}, w.data()));
            gradients.put("blk." + i + ".ffn_up.weight", Data.random(arena, 1024, 2048, -1 - i));
        }
        steps = create(weights, workers);
        check();
        // Read: weight, gradient, state. Written: weight, state.
        bytes = 12.0 * matrices * 1024 * 2048 + 2.0 * steps.stateBytes();
    }

    private Optimizer create(List<Weight> of, Workers by) {
        return OptimizerOptions.parse(optimizer).create(ParameterGroup.assign(of, ParameterGroup.usual(0.1)), by);
    }

    /** The first matrix in one thread, from a copy. */
    private void check() {
        Weight first = weights.getFirst();
        Weight copy = new Weight(
                first.name(),
                first.type(),
                first.shape(),
                arena.allocate(first.data().byteSize(), 64).copyFrom(first.data()));
        steps.step(gradients, 1e-3, 0.5);
        try (Workers one = new Workers(1);
                Optimizer alone = create(List.of(copy), one)) {
            alone.step(gradients, 1e-3, 0.5);
        }
        if (copy.data().mismatch(first.data()) >= 0) {
            throw new IllegalStateException(optimizer + " gives other weights in several threads than in one");
        }
    }

    @TearDown(Level.Trial)
    public void close() {
        steps.close();
        workers.close();
        arena.close();
    }

    @Benchmark
    public void step(Rates rates) {
        steps.step(gradients, 1e-6, 0.5);
        rates.add(0, bytes);
    }

    @Benchmark
    public double norm(Rates rates) {
        rates.add(2.0 * matrices * 1024 * 2048, 4.0 * matrices * 1024 * 2048);
        return GradientNorm.of(gradients, 1, workers).norm();
    }
}
