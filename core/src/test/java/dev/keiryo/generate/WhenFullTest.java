package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.cache.AttentionMass;
import dev.keiryo.cache.CacheSlot;
import dev.keiryo.cache.KvType;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.generate.WhenFull.Policy;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.kernel.ScalarKernels;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Contexts that forget and go on. */
class WhenFullTest {
    private static final int[] TEXT = new Random(3).ints(300, 0, 500).toArray();

    private static Engine open(String model, EngineOptions options) throws IOException {
        return Engine.open(
                Gguf.open(TestData.path("golden/" + model + ".gguf")), options.withActivations(ActivationType.F32));
    }

    private static float[] feed(Engine engine, Sequence sequence, int... tokens) {
        return engine.forward(new Batch().add(sequence, tokens, 0, tokens.length, Batch.Output.LAST))
                .toArray(0);
    }

    private static int[] kept(int length) {
        return IntStream.range(0, length)
                .filter(p -> p < 5 || (p >= 90 && p % 7 != 0))
                .toArray();
    }

    /** Greatest difference of logits, by their greatest size. */
    private static double difference(float[] expected, float[] actual) {
        double most = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            most = Math.max(most, Math.abs(expected[i] - actual[i]));
            size = Math.max(size, Math.abs(expected[i]));
        }
        return most / size;
    }

    /** In one layer, keys and values depend on their own token alone: moved ones are what they would have been. */
    @ParameterizedTest
    @CsvSource({"F32,false,1e-5", "F32,true,1e-5", "F16,false,2e-3", "Q8_0,true,1e-2", "Q4_0,true,0.2"})
    void oneLayerIsAsIfTheRestHadNeverBeen(KvType type, boolean rotation, double bound) throws IOException {
        try (Engine engine = open(
                        "quantization/F32",
                        EngineOptions.defaults().withKvType(type).withKvRotation(rotation));
                Sequence shifted = engine.newSequence(300);
                Sequence fresh = engine.newSequence(300)) {
            feed(engine, shifted, IntStream.range(0, 200).map(i -> TEXT[i]).toArray());
            try (Sequence other = shifted.fork()) {
                int[] kept = kept(200);
                shifted.retain(kept);
                int[] tokens = IntStream.of(kept).map(p -> TEXT[p]).toArray();
                assertEquals(tokens.length, shifted.length());
                feed(engine, fresh, tokens);
                float[] expected = feed(engine, fresh, 7, 8, 9);
                double d = difference(expected, feed(engine, shifted, 7, 8, 9));
                assertTrue(d <= bound, type + ": " + d);
                // Who shared the pages still has them.
                fresh.truncate(0);
                feed(engine, fresh, IntStream.range(0, 200).map(i -> TEXT[i]).toArray());
                assertEquals(0, difference(feed(engine, fresh, 7), feed(engine, other, 7)));
            }
        }
    }

    /** In several, they remember what they saw; the result is near, and windows keep what they see. */
    @ParameterizedTest
    @CsvSource({"llama-gqa", "llama-rope-yarn", "gemma3", "mpt", "qwen3"})
    void moreLayersStaySane(String model) throws IOException {
        try (Engine engine = open("architectures/" + model, EngineOptions.defaults());
                Sequence shifted = engine.newSequence(300);
                Sequence fresh = engine.newSequence(300)) {
            feed(engine, shifted, IntStream.range(0, 200).map(i -> TEXT[i]).toArray());
            int[] kept = IntStream.range(0, 200).filter(p -> p < 4 || p >= 20).toArray();
            shifted.retain(kept);
            feed(engine, fresh, IntStream.of(kept).map(p -> TEXT[p]).toArray());
            float[] expected = feed(engine, fresh, 7);
            double d = difference(expected, feed(engine, shifted, 7));
            assertTrue(d < 0.5 && d > 0, model + ": " + d);
        }
    }

    @Test
    void whatCannotBeMovedIsRefused() throws IOException {
        try (Engine engine = open("architectures/gpt2", EngineOptions.defaults());
                Sequence sequence = engine.newSequence(100)) {
            feed(engine, sequence, 1, 2, 3);
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> sequence.retain(new int[] {0, 2}));
            assertTrue(String.valueOf(e.getMessage()).contains("learned"), e.getMessage());
            assertEquals(3, sequence.length());
        }
        try (Engine engine = open("architectures/gemma3", EngineOptions.defaults());
                Sequence sequence = engine.newSequence(300)) {
            for (int i = 0; i < 300; i += 10) {
                feed(
                        engine,
                        sequence,
                        IntStream.range(i, i + 10).map(p -> TEXT[p]).toArray());
            }
            int[] early = IntStream.range(0, 40).toArray();
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> sequence.retain(early));
            assertTrue(String.valueOf(e.getMessage()).contains("window"), e.getMessage());
        }
    }

    /** All weights of all heads add up to 1, and kernels agree with the scalar ones. */
    @Test
    void attentionIsCounted() throws IOException {
        double[][] masses = new double[2][150];
        for (int i = 0; i < 2; i++) {
            EngineOptions options = EngineOptions.defaults();
            try (Engine engine =
                            open("architectures/gemma2", i == 0 ? options.withKernels(new ScalarKernels()) : options);
                    Sequence sequence = engine.newSequence(200)) {
                sequence.cache().observeAttention();
                feed(engine, sequence, IntStream.range(0, 140).map(p -> TEXT[p]).toArray());
                for (int p = 140; p < 150; p++) {
                    feed(engine, sequence, TEXT[p]);
                }
                double sum = 0;
                for (int s = 0; s < sequence.cache().slots(); s++) {
                    CacheSlot slot = sequence.cache().slot(s);
                    AttentionMass mass = Objects.requireNonNull(slot.mass());
                    for (int p = 0; p < 150; p++) {
                        for (int h = 0; h < slot.heads(); h++) {
                            masses[i][p] += mass.at(h, p) / 0x1p32;
                            sum += mass.at(h, p) / 0x1p32;
                        }
                    }
                }
                int heads = engine.layout().slots().stream()
                        .mapToInt(s -> s.attention().heads())
                        .sum();
                assertEquals(150.0 * heads, sum, 0.01 * heads);
            }
        }
        for (int p = 0; p < 150; p++) {
            assertEquals(masses[0][p], masses[1][p], 1e-3 * masses[0][p] + 1e-3);
        }
    }

    @ParameterizedTest
    @EnumSource
    void textsGoOnInTheSameMemory(Policy policy) throws IOException {
        try (LanguageModel model = Keiryo.load(TestData.path("models/stories260K/stories260K.bin"))) {
            int[] prompt = model.tokenizer().encode("Once upon a time".repeat(30), SpecialTokens.PARSED, true);
            GenerateOptions options = GenerateOptions.DEFAULT
                    .withChain(SamplerChain.GREEDY)
                    .withMaxTokens(300)
                    .withContext(64)
                    .withWhenFull(new WhenFull(policy, policy == Policy.STOP ? 0 : 4));
            if (policy == Policy.STOP) {
                IllegalArgumentException e = assertThrows(
                        IllegalArgumentException.class,
                        () -> model.generator().generate(prompt, options, text -> true));
                assertEquals(
                        "the prompt has " + prompt.length + " tokens, but the context holds 64;"
                                + " ask for a larger one with --ctx, or let the beginning be forgotten with"
                                + " --context-full shift",
                        e.getMessage());
                return;
            }
            long[] most = new long[1];
            Generation g = model.generator().generate(prompt, options, text -> {
                most[0] = Math.max(most[0], model.engine().pool().used());
                return true;
            });
            assertEquals(300, g.tokens().length);
            assertTrue(most[0] <= model.engine().cacheBytes(64, 64), "takes " + most[0] + " bytes");
            assertTrue(g.text().matches("(?s).*\\b(the|was|and|to)\\b.*\\b(the|was|and|to)\\b.*"), g.text());
        }
    }
}
