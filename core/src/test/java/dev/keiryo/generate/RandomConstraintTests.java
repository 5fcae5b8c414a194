package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Gbnf;
import dev.keiryo.grammar.TextCheck;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Constraints without a model; named so that it does not run again for each set of kernels. */
@Timeout(120)
class RandomConstraintTests {
    private static TokenTexts texts() throws IOException {
        return new TokenTexts(TokenizerFiles.open(TestData.path("models/stories260K/tok512.model")));
    }

    private static Frame shared(String name) throws IOException {
        return Gbnf.compile(name, Files.readString(TestData.path("grammars/" + name + ".gbnf")));
    }

    private static void assertValid(Frame language, String text, Object context) {
        TextCheck check = TextCheck.of(language, text.getBytes(StandardCharsets.UTF_8));
        assertTrue(check.isAccepted(), () -> context + ": " + check + " in: " + text);
    }

    /** 10,000 texts from random logits, whatever the limit: all valid, all finished. */
    @Test
    void randomLogitsGiveValidTextsOnly() throws IOException {
        TokenTexts texts = texts();
        Set<Integer> end = Set.of(2);
        SplittableRandom random = new SplittableRandom(21);
        int[] limits = {1, 4, 8, 24};
        float[] logits = new float[texts.size()];
        int longest = 0;
        for (String name : List.of("json", "arithmetic", "chess", "list")) {
            Frame language = shared(name);
            Constraint constraint = Constraint.of(language);
            for (int i = 0; i < 2500; i++) {
                int limit = limits[i % 4] + language.shortest();
                Guide guide = new Guide(constraint, texts, end, limit);
                Sampler sampler =
                        new Sampler(SamplerChain.GREEDY, new SamplerRequest(new History(), random, texts, end), guide);
                ByteArrayOutputStream text = new ByteArrayOutputStream();
                int n = 0;
                while (n < limit && !guide.isOver()) {
                    for (int t = 0; t < logits.length; t++) {
                        logits[t] = random.nextInt(1 << 20);
                    }
                    int id = sampler.sample(logits);
                    n++;
                    if (!end.contains(id)) {
                        text.writeBytes(texts.bytes(id));
                    }
                }
                longest = Math.max(longest, n);
                assertTrue(guide.mayEnd(), name);
                assertValid(language, text.toString(StandardCharsets.UTF_8), name + " within " + limit);
            }
        }
        assertTrue(longest > 20, longest + " tokens at most");
    }
}
