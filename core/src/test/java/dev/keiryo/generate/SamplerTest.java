package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SamplerTest {
    /** llama.cpp's survivors of the same logits. */
    @Test
    void survivorsEqualTheGoldens() throws IOException {
        List<String> lines = Files.readAllLines(TestData.path("golden/samplers.jsonl"));
        float[] logits = floats(JsonMapper.shared().readTree(lines.getFirst()).get("logits"));
        int checked = 0;
        for (String line : lines.subList(1, lines.size())) {
            JsonNode golden = JsonMapper.shared().readTree(line);
            JsonNode params = golden.get("params");
            if (params.has("min_keep") && params.get("min_keep").asInt() != 1) {
                continue; // a minimum of survivors is not an option of Sampling
            }
            Sampling sampling = switch (golden.get("sampler").asString()) {
                case "top_k" -> new Sampling(params.get("k").asInt(), 1, 0, 1);
                case "top_p" -> new Sampling(0, params.get("p").floatValue(), 0, 1);
                case "min_p" -> new Sampling(0, 1, params.get("p").floatValue(), 1);
                default -> null;
            };
            if (sampling != null) {
                Set<Integer> expected = new TreeSet<>();
                golden.get("survivors").forEach(pair -> expected.add(pair.get(0).asInt()));
                assertEquals(expected, survivors(sampling, logits), line);
                checked++;
            }
        }
        assertTrue(checked >= 10, checked + " goldens checked");
    }

    private static Set<Integer> survivors(Sampling sampling, float[] logits) {
        Sampler sampler = new Sampler(sampling, new SplittableRandom(1));
        int count = sampler.survivors(logits);
        Set<Integer> ids = new TreeSet<>();
        IntStream.range(0, count).forEach(i -> ids.add(sampler.id(i)));
        return ids;
    }

    @Test
    void drawsFollowTheProbabilities() {
        float[] logits = {1.5f, 0, -0.7f, 2.2f, 0.3f, -4};
        double temperature = 0.7;
        Sampler sampler = new Sampler(new Sampling(0, 1, 0, (float) temperature), new SplittableRandom(7));
        int draws = 200_000;
        int[] counts = new int[logits.length];
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit / temperature);
        }
        try (Arena arena = Arena.ofConfined()) {
            Matrix row = Matrix.row(arena, logits);
            for (int i = 0; i < draws; i++) {
                counts[sampler.sample(row, 0)]++;
            }
        }
        double chiSquare = 0;
        for (int i = 0; i < logits.length; i++) {
            double expected = draws * Math.exp(logits[i] / temperature) / sum;
            chiSquare += (counts[i] - expected) * (counts[i] - expected) / expected;
        }
        assertTrue(chiSquare < 20.5, "chi-square " + chiSquare + ", 0.1 % of right samplers exceed 20.5 at 5 degrees");
    }

    @Test
    void greedyTakesTheGreatestAndTheLowerIdOfEquals() {
        try (Arena arena = Arena.ofConfined()) {
            Sampler greedy = new Sampler(Sampling.GREEDY, new SplittableRandom(1));
            assertEquals(2, greedy.sample(Matrix.row(arena, 1, -3, 5, 5, 4.9f), 0));
            assertEquals(0, greedy.sample(Matrix.row(arena, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY), 0));
        }
    }

    @Test
    void topKKeepsExactlyTheGreatestOfRandomLogits() {
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < 200; round++) {
            int n = 1 + random.nextInt(300);
            int k = 1 + random.nextInt(n);
            float[] logits = new float[n];
            for (int i = 0; i < n; i++) {
                logits[i] = random.nextInt(40) / 4f;
            }
            Set<Integer> expected = new TreeSet<>();
            for (int id : LogProbabilities.greatest(logits, k)) {
                expected.add(id);
            }
            assertEquals(expected, survivors(new Sampling(k, 1, 0, 1), logits));
        }
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Sampling(-1, 1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(0, 0, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(0, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(0, 1, 0, Float.NaN));
    }

    private static float[] floats(JsonNode array) {
        float[] out = new float[array.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = array.get(i).floatValue();
        }
        return out;
    }
}
