package dev.keiryo.bench;

import dev.keiryo.file.Anonymous;
import dev.keiryo.kernel.Activations;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.MachineLimits;
import dev.keiryo.kernel.Panels;
import dev.keiryo.kernel.ScalarKernels;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.synth.RandomWeight;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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

/**
 * {@link Kernels#matmul}: stored weights of each format times tokens, as inference has it; gigabytes are those of the weights. With 2048 rows
 * these lie in the last cache, with 131072 in memory.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MatmulBenchmark {
    /** What is told beside {@link Rates}. */
    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Reading {
        /** 10⁹ bytes a second that plain reading of the panels reached just before. */
        public double gigabytesRead;
    }

    /** Panels at either end whose products are compared with scalar ones, bit for bit but for bfloat16 inputs. */
    private static final int CHECKED = 2;

    @Param({"VECTOR", "EMITTED"})
    public KernelSet kernels = KernelSet.VECTOR;

    @Param({
        "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS", "MXFP4",
        "NF4", "FP4", "INT8", "F16", "BF16", "F32"
    })
    public TensorType type = TensorType.F32;

    @Param({"1", "64"})
    public int tokens;

    @Param({"2048", "131072"})
    public int rows;

    @Param("2048")
    public int cols;

    /** Threads; 0: one for each processor. */
    @Param("0")
    public int threads;

    private final Arena arena = Arena.ofShared();
    private final Activations inputs = new Activations();
    private Kernels set = new ScalarKernels();
    private Workers workers = new Workers(1);
    private Scratch[] scratch = {};
    private Matrix y = Matrix.zeros(arena, 0, 0);
    private MemorySegment memory = MemorySegment.NULL;
    private double reading;
    private Panels panels = Panels.plain(RandomWeight.of(TensorType.F32, 0, 0, 0, arena));

    @Setup(Level.Trial)
    public void prepare() {
        set = kernels.kernels();
        workers = new Workers(threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
        scratch = Scratch.forThreads(workers.size());
        Weight weight = RandomWeight.of(type, rows, cols, 1, arena);
        memory = Anonymous.allocate(Panels.bytes(weight), arena);
        panels = Panels.packed(weight, memory);
        workers.run(panels.count(), 1, (from, to, worker) -> panels.pack(set, from, to));
        Matrix x = Data.random(arena, tokens, cols, 2);
        inputs.reset(set.form(type), tokens, cols);
        set.prepare(x, inputs, 0, inputs.tiles());
        y = Matrix.zeros(arena, tokens, rows);
        multiply();
        Matrix expected = Matrix.zeros(arena, tokens, rows);
        check(expected, 0, Math.min(CHECKED, panels.count()));
        check(expected, Math.max(0, panels.count() - CHECKED), panels.count());
    }

    /** Memory is not as fast at one time as at another. */
    @Setup(Level.Iteration)
    public void read() {
        reading = MachineLimits.reading(memory, workers) / 1e9;
    }

    private void check(Matrix expected, int from, int to) {
        new ScalarKernels().matmul(panels, null, inputs, expected, from, to, scratch[0]);
        // The processor's own sums of bfloat16 pairs are rounded elsewhere.
        double tolerance = inputs.form().kind() == Activations.Kind.BFLOAT16 ? 1e-5 : 0;
        Data.check("the product", expected, y, from * Panels.ROWS, Math.min(rows, to * Panels.ROWS), tolerance);
    }

    private void multiply() {
        workers.run(
                panels.count(),
                1,
                (from, to, worker) -> set.matmul(panels, null, inputs, y, from, to, scratch[worker]));
    }

    @TearDown(Level.Trial)
    public void close() {
        workers.close();
        inputs.close();
        arena.close();
    }

    @Benchmark
    public void matmul(Rates rates, Reading plain) {
        multiply();
        plain.gigabytesRead = reading;
        rates.add(2.0 * rows * cols * tokens, (double) panels.weight().data().byteSize());
    }
}
