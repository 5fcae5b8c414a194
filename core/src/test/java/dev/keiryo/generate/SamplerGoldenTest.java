package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Survivors and their probabilities after a chain, as llama.cpp has them. */
class SamplerGoldenTest {
    @Test
    void sharedGoldens() throws IOException {
        List<String> lines = Files.readAllLines(TestData.path("golden/samplers.jsonl"));
        float[] logits = floats(json(lines.getFirst()).get("logits"));
        for (String line : lines.subList(1, lines.size())) {
            JsonNode golden = json(line);
            check(chain(golden), golden, logits);
        }
        assertTrue(lines.size() >= 29, lines.size() + " lines");
    }

    @Test
    void everySamplerOfLlamaCppAndChainsOfThem() {
        List<JsonNode> lines = resource("samplers.jsonl");
        float[] logits = floats(lines.getFirst().get("logits"));
        for (JsonNode golden : lines.subList(1, lines.size())) {
            check(golden.get("chain").asString(), golden, logits);
        }
        assertTrue(lines.size() > 130, lines.size() + " lines");
    }

    @Test
    void dryOverARealVocabulary() throws IOException {
        TokenTexts texts =
                new TokenTexts(TokenizerFiles.open(TestData.path("tokenizers/ggml-vocab/ggml-vocab-llama-spm.gguf")));
        float[] logits = new float[texts.size()];
        List<JsonNode> lines = resource("dry.jsonl");
        for (JsonNode golden : lines) {
            Map<Integer, Double> expected = pairs(golden.get("penalties"));
            Candidates left = process(golden.get("chain").asString(), golden, logits, texts);
            assertEquals(logits.length, left.count());
            for (int i = 0; i < left.count(); i++) {
                double penalty = expected.getOrDefault(left.id(i), 0.0);
                assertEquals(penalty, -left.logit(i), 1e-5 * penalty, "token " + left.id(i) + " of " + golden);
            }
        }
        assertTrue(lines.size() > 100, lines.size() + " lines");
    }

    private static Candidates process(String chain, JsonNode golden, float[] logits, @Nullable TokenTexts texts) {
        SamplerRequest request = new SamplerRequest(new History(), new SplittableRandom(1), texts, Set.of());
        Sampler sampler = new Sampler(SamplerChain.parse(chain), request);
        sampler.history()
                .start(golden.get("history")
                        .valueStream()
                        .mapToInt(JsonNode::asInt)
                        .toArray());
        return sampler.process(logits);
    }

    private static void check(String chain, JsonNode golden, float[] logits) {
        Candidates left = process(chain, golden, logits, null);
        Map<Integer, Double> actual = new TreeMap<>();
        for (int i = 0; i < left.count(); i++) {
            actual.put(left.id(i), left.probability(i));
        }
        Map<Integer, Double> expected = pairs(golden.get("survivors"));
        assertEquals(expected.keySet(), actual.keySet(), chain + " after " + golden.get("history"));
        expected.forEach((id, p) ->
                assertEquals(p, Objects.requireNonNull(actual.get(id)), 1e-5, () -> "token " + id + " of " + chain));
    }

    private static Map<Integer, Double> pairs(JsonNode list) {
        TreeMap<Integer, Double> out = new TreeMap<>();
        list.forEach(pair -> out.put(pair.get(0).asInt(), pair.get(1).asDouble()));
        return out;
    }

    /** The chain that a line of the shared goldens describes. */
    static String chain(JsonNode golden) {
        JsonNode params = golden.get("params");
        List<String> parts = new ArrayList<>();
        if (params.isArray()) {
            for (JsonNode link : params) {
                parts.add(link.asString().replaceFirst(" ", ":").replace(' ', ','));
            }
            return String.join(";", parts);
        }
        JsonNode named = params.has("bias") ? params.get("bias") : params;
        named.properties()
                .forEach(p -> parts.add(p.getKey() + "=" + p.getValue().asString()));
        return golden.get("sampler").asString() + ":" + String.join(",", parts);
    }

    private static List<JsonNode> resource(String name) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(SamplerGoldenTest.class.getResourceAsStream(name)), StandardCharsets.UTF_8))) {
            return lines.lines().map(SamplerGoldenTest::json).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode json(String line) {
        return JsonMapper.shared().readTree(line);
    }

    private static float[] floats(JsonNode array) {
        float[] out = new float[array.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = array.get(i).floatValue();
        }
        return out;
    }
}
