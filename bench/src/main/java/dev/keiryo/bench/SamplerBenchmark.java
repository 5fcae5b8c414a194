package dev.keiryo.bench;

import dev.keiryo.generate.Sampler;
import dev.keiryo.generate.SamplerChain;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** From logits to a token: a chain of samplers over a vocabulary of Llama 3's size, in one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class SamplerBenchmark {
    private static final int HISTORY = 1024;

    @Param({"128256"})
    public int vocabulary = 128256;

    @Param({
        "penalties:repeat=1.1,last_n=64;top_k:50;top_p:0.95;temp:0.8",
        "greedy",
        "temp:0.8",
        "top_p:0.95",
        "min_p:0.05;temp:1.1",
        "typical:0.9",
        "dry:0.8;min_p:0.03;xtc:0.3;temp:1.1",
        "mirostat_v2:tau=5"
    })
    public String chain = "greedy";

    private float[] logits = {};
    private Sampler sampler = new Sampler(SamplerChain.GREEDY, new SplittableRandom(1));
    private int[] history = {};

    @Setup
    public void prepare() {
        SplittableRandom random = new SplittableRandom(5);
        logits = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            logits[i] = (float) random.nextGaussian(0, 3);
        }
        history = random.ints(HISTORY, 0, vocabulary).toArray();
        sampler = new Sampler(SamplerChain.parse(chain), random);
        sampler.history().start(history);
    }

    @Benchmark
    public int draw() {
        sampler.process(logits);
        return sampler.draw();
    }
}
