package dev.keiryo.bench;

import dev.keiryo.kernel.Gemm;
import dev.keiryo.kernel.MatrixView;
import dev.keiryo.kernel.ScalarGemm;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.synth.RandomWeight;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
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

/** {@link Gemm}: C = A·B as training has it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GemmBenchmark {
    /** Rows of C compared with scalar products. */
    private static final int CHECKED = 3;

    @Param({"VECTOR", "EMITTED"})
    public KernelSet kernels = KernelSet.VECTOR;

    @Param({"F32", "BF16"})
    public TensorType type = TensorType.F32;

    /** m x k x n. */
    @Param({"512x512x512", "1024x1024x1024", "2048x2048x2048", "512x2048x8192", "1x2048x8192"})
    public String shape = "";

    /** Whether A, then B, is transposed. */
    @Param({"NN", "NT", "TN"})
    public String layout = "";

    /** Threads; 0: one for each processor. */
    @Param("0")
    public int threads;

    private final Arena arena = Arena.ofShared();
    private MatrixView a = MatrixView.of(Matrix.zeros(arena, 0, 0));
    private MatrixView b = a;
    private MatrixView c = a;
    private Gemm gemm = new ScalarGemm();
    private Workers workers = new Workers(1);
    private Scratch[] scratch = {};

    @Setup(Level.Trial)
    public void prepare() {
        String[] sizes = shape.split("x", -1);
        int m = Integer.parseInt(sizes[0]);
        int k = Integer.parseInt(sizes[1]);
        int n = Integer.parseInt(sizes[2]);
        a = matrix(m, k, layout.charAt(0) == 'T', 1);
        b = matrix(k, n, layout.charAt(1) == 'T', 2);
        Matrix result = Matrix.zeros(arena, m, n);
        c = MatrixView.of(result);
        gemm = Gemm.of(kernels.kernels());
        workers = new Workers(threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
        scratch = Scratch.forThreads(workers.size());
        gemm.multiply(a, b, c, false, workers, scratch);
        for (int i = 0; i < CHECKED; i++) {
            int row = (int) (i * (m - 1L) / (CHECKED - 1));
            Matrix expected = Matrix.zeros(arena, 1, n);
            new ScalarGemm().multiply(a.rows(row, 1), b, MatrixView.of(expected), false, scratch[0]);
            Matrix actual = new Matrix(result.data().asSlice(result.rowOffset(row)), 1, n);
            Data.check("row " + row + " of the product", expected, actual, 0, n, 1e-5);
        }
    }

    private MatrixView matrix(int rows, int cols, boolean transposed, long seed) {
        Weight w = RandomWeight.of(type, transposed ? cols : rows, transposed ? rows : cols, seed, arena);
        MatrixView view = new MatrixView(w.data(), type, w.rows(), w.cols(), w.cols(), false);
        return transposed ? view.transpose() : view;
    }

    @TearDown(Level.Trial)
    public void close() {
        workers.close();
        arena.close();
    }

    @Benchmark
    public void multiply(Rates rates) {
        gemm.multiply(a, b, c, false, workers, scratch);
        rates.add(
                2.0 * c.rows() * c.cols() * a.cols(),
                (double) a.data().byteSize() + b.data().byteSize() + c.data().byteSize());
    }
}
