package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Gbnf;
import dev.keiryo.grammar.TextCheck;
import dev.keiryo.grammar.schema.JsonSchemas;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.BitSet;
import java.util.HashSet;
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

    /** A large vocabulary and a schema whose shortest value has more bytes than there are tokens to come: no token takes long. */
    @Test
    @Timeout(60)
    void valuesWithLittleRoom() throws IOException {
        TokenTexts texts = new TokenTexts(TokenizerFiles.open(TestData.path("tokenizers/qwen2.5")));
        Frame language = JsonSchemas.compile("schema", """
                {"type": "object", "additionalProperties": false, "required": ["first_name", "last_name", "shoe_size", "pets"],
                 "properties": {"first_name": {"type": "string", "maxLength": 30}, "last_name": {"type": "string"},
                                "shoe_size": {"type": "integer", "minimum": 10},
                                "pets": {"type": "array", "minItems": 2, "items": {"enum": ["cat", "dog"]}}}}""");
        Constraint constraint = Constraint.of(language);
        SplittableRandom random = new SplittableRandom(5);
        float[] logits = new float[texts.size()];
        Set<String> found = new HashSet<>();
        for (int limit : new int[] {30, 45, 60}) {
            assertTrue(limit < language.shortest());
            Guide guide = new Guide(constraint, texts, Set.of(), limit);
            SamplerRequest request = new SamplerRequest(new History(), random, texts, Set.of());
            Sampler sampler = new Sampler(SamplerChain.GREEDY, request, guide);
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            for (int n = 0; n < limit && !guide.isOver(); n++) {
                for (int t = 0; t < logits.length; t++) {
                    logits[t] = random.nextInt(1 << 20);
                }
                text.writeBytes(texts.bytes(sampler.sample(logits)));
            }
            assertValid(language, text.toString(StandardCharsets.UTF_8), "within " + limit);
            found.add(text.toString(StandardCharsets.UTF_8));
        }
        assertEquals(3, found.size(), "no choice was left: " + found);
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> new Guide(constraint, texts, Set.of(), 12));
        assertTrue(
                String.valueOf(e.getMessage()).matches(".* takes 2\\d tokens, but there is room for 12.*"),
                e.getMessage());
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

    /** What must follow within a character is not taken for a text. */
    @Test
    void forcedStretchesBeginWithWholeCharacters() throws IOException {
        TokenTexts texts = texts();
        SplittableRandom random = new SplittableRandom(3);
        Constraint constraint = Constraint.choice(List.of("｜日本", "x"));
        for (int i = 0; i < 40; i++) {
            Guide guide = new Guide(constraint, texts, Set.of(2), 40);
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            while (!guide.isOver()) {
                int[] ids = random.nextBoolean() ? guide.forced() : new int[0];
                if (ids.length == 0) {
                    int[] allowed = BitSet.valueOf(guide.mask()).stream().toArray();
                    ids = new int[] {allowed[random.nextInt(allowed.length)]};
                }
                for (int id : ids) {
                    guide.accept(id);
                    text.writeBytes(texts.bytes(id));
                }
            }
            assertTrue(
                    List.of("｜日本", "x").contains(text.toString(StandardCharsets.UTF_8)),
                    text.toString(StandardCharsets.UTF_8));
        }
    }
}
