package dev.keiryo.bench;

import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.KvType;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.ScalarKernels;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Attention;
import dev.keiryo.tensor.Matrix;
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

/**
 * {@link Kernels#attend}: the last tokens of a sequence over all of it; gigabytes are those of keys and values, which with 512 positions lie in the
 * last cache, with 32768 in memory.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AttentionBenchmark {
    private static final int HEADS = 32;
    private static final int KV_HEADS = 8;
    private static final int GROUP = HEADS / KV_HEADS;
    /** Tokens of a call: as the engine takes them for heads in groups of four. */
    private static final int STRETCH = 12;

    @Param({"VECTOR", "EMITTED"})
    public KernelSet kernels = KernelSet.VECTOR;

    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0"})
    public KvType type = KvType.F16;

    @Param({"1", "64"})
    public int tokens;

    /** Positions of the sequence, the tokens included. */
    @Param({"512", "32768"})
    public int length;

    /** Dimensions of a head. */
    @Param({"64", "128"})
    public int dim;

    /** Threads; 0: one for each processor. */
    @Param("0")
    public int threads;

    private final Arena arena = Arena.ofShared();
    private Attention attention = Attention.causal(HEADS, KV_HEADS, 64);
    private KvCache cache = new KvCache(1, KvType.F16);
    private Kernels set = new ScalarKernels();
    private Workers workers = new Workers(1);
    private Scratch[] scratch = {};
    private Matrix q = Matrix.zeros(arena, 0, 0);
    private Matrix y = q;

    @Setup(Level.Trial)
    public void prepare() {
        set = kernels.kernels();
        workers = new Workers(threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
        scratch = Scratch.forThreads(workers.size());
        attention = Attention.causal(HEADS, KV_HEADS, dim);
        cache = new KvCache(1, type);
        Matrix k = Data.random(arena, length, KV_HEADS * dim, 1);
        Matrix v = Data.random(arena, length, KV_HEADS * dim, 2);
        cache.slot(0).extend(KV_HEADS, dim, dim, 0, length);
        cache.slot(0).put(0, length, k, v, 0, 0, KV_HEADS);
        q = Data.random(arena, tokens, HEADS * dim, 3);
        y = Matrix.zeros(arena, tokens, HEADS * dim);
        attend();
        // The first tokens' heads that share the last key head.
        int checked = Math.min(tokens, 2);
        Matrix expected = Matrix.zeros(arena, checked, HEADS * dim);
        new ScalarKernels()
                .attend(
                        attention,
                        cache.slot(0),
                        q,
                        0,
                        checked,
                        length - tokens,
                        HEADS - GROUP,
                        GROUP,
                        scratch[0],
                        expected);
        Data.check("attention", expected, y, (HEADS - GROUP) * dim, HEADS * dim, 1e-4);
    }

    private void attend() {
        workers.run(KV_HEADS, 1, (from, to, worker) -> {
            for (int head = from * GROUP; head < to * GROUP; head += GROUP) {
                for (int row = 0; row < tokens; row += STRETCH) {
                    set.attend(
                            attention,
                            cache.slot(0),
                            q,
                            row,
                            Math.min(STRETCH, tokens - row),
                            length - tokens + row,
                            head,
                            GROUP,
                            scratch[worker],
                            y);
                }
            }
        });
    }

    @TearDown(Level.Trial)
    public void close() {
        workers.close();
        cache.close();
        arena.close();
    }

    @Benchmark
    public void attend(Rates rates) {
        attend();
        // Each token sees what is before it.
        double seen = tokens * (length - (tokens - 1) / 2.0);
        rates.add(4.0 * seen * HEADS * dim, (double) cache.bytes());
    }
}
