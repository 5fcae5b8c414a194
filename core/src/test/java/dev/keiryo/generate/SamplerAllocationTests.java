package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.keiryo.TestData;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.schema.JsonSchemas;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From logits to token, no garbage is left once arrays have grown and states are known. No model computes here. */
@Timeout(120)
class SamplerAllocationTests {
    private static final String COMMON =
            "logit_bias:5=1,9=-inf;banned_tokens:11|12;banned_strings:\"never\"|\"  \";min_tokens:n=5,end=2;"
                    + "penalties:repeat=1.1,last_n=64,frequency=0.1,presence=0.1;no_repeat_ngram:400;dry:multiplier=0.5,allowed_length=12;"
                    + "top_n_sigma:4;top_k:200;typical:0.99;top_p:0.98;min_p:0.001;top_a:0.001;epsilon_cutoff:0.00001;"
                    + "eta_cutoff:0.00001;tail_free:0.99;xtc:probability=0.1,threshold=0.2;dynamic_temperature:t=1,range=0.2;temp:1.2";
    /** An array that goes on and on, so that its frames are met again and again. */
    private static final String SCHEMA = """
            {"type": "array", "items": {"type": "object", "required": ["name", "age"],
             "additionalProperties": false, "properties": {"name": {"type": "string"}, "age": {"enum": ["young", "old", null]},
             "tag": {"enum": ["red", "green", true, null]}}}}""";

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Bytes per token: what a mask's look-ups and the runtime's sorting take. */
    private static final double BOUND = 400;

    private static final int TOKENS = 500;
    /** How often it may be measured until the compiler has done with everything: garbage would be in each of them. */
    private static final int WINDOWS = 40;

    @ParameterizedTest
    @ValueSource(strings = {COMMON, "mirostat:tau=5", "top_k:50;mirostat_v2:tau=5", "greedy"})
    void tokensLeaveNoGarbage(String chain) throws IOException {
        TokenTexts texts = new TokenTexts(TokenizerFiles.open(TestData.path("models/stories260K/tok512.model")));
        Frame language = JsonSchemas.compile("schema", SCHEMA);
        Set<Integer> end = Set.of(2);
        SplittableRandom random = new SplittableRandom(8);
        float[][] logits = new float[16][texts.size()];
        for (float[] row : logits) {
            for (int t = 0; t < row.length; t++) {
                boolean ends = end.contains(t) || new String(texts.bytes(t), StandardCharsets.UTF_8).contains("]");
                row[t] = ends ? -1000 : 4 * (float) random.nextGaussian();
            }
        }
        Guide guide = new Guide(Constraint.of(language), texts, end, Integer.MAX_VALUE / 4);
        Sampler sampler =
                new Sampler(SamplerChain.parse(chain), new SamplerRequest(new History(), random, texts, end), guide);
        long thread = Thread.currentThread().threadId();
        double least = Double.MAX_VALUE;
        for (int window = 0; window < WINDOWS && least >= BOUND; window++) {
            long before = THREADS.getThreadAllocatedBytes(thread);
            for (int n = 0; n < TOKENS; n++) {
                sampler.sample(logits[n % logits.length]);
            }
            least = Math.min(least, (double) (THREADS.getThreadAllocatedBytes(thread) - before) / TOKENS);
        }
        assertTrue(least < BOUND, least + " bytes for each token");
    }
}
