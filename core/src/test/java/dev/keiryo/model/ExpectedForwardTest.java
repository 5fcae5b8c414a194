package dev.keiryo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.TestData;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.huggingface.HuggingFace;
import dev.keiryo.llama2c.Llama2c;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Trained models against float64 runs in NumPy: cross-entropy of each prompt token, last logits, greedy tokens. */
class ExpectedForwardTest {
    @Test
    void stories260K() throws IOException {
        Path folder = TestData.path("models/stories260K");
        try (Engine engine = Engine.open(
                Llama2c.open(folder.resolve("stories260K.bin")),
                EngineOptions.defaults().withThreads(1))) {
            equalsNumPy(engine, folder);
        }
    }

    @Test
    void tinyStories656K() throws IOException {
        Path folder = TestData.path("models/TinyStories-656K");
        try (Engine engine =
                Engine.open(HuggingFace.open(folder), EngineOptions.defaults().withThreads(1))) {
            equalsNumPy(engine, folder);
        }
    }

    private static void equalsNumPy(Engine engine, Path folder) throws IOException {
        for (String line : Files.readAllLines(folder.resolve("expected-forward.jsonl"))) {
            JsonNode expected = JsonMapper.shared().readTree(line);
            String prompt = expected.get("prompt").asString();
            int[] ids = expected.get("prompt_ids")
                    .valueStream()
                    .mapToInt(JsonNode::asInt)
                    .toArray();
            List<Integer> greedy = expected.get("greedy_ids")
                    .valueStream()
                    .map(JsonNode::asInt)
                    .toList();
            try (Sequence sequence = engine.newSequence(ids.length + greedy.size())) {
                Matrix logits = engine.forward(Batch.of(sequence, ids, Batch.Output.ALL));
                float[] entropies = new float[ids.length - 1];
                for (int t = 0; t < entropies.length; t++) {
                    entropies[t] = crossEntropy(logits.toArray(t), ids[t + 1]);
                }
                float[] last = logits.toArray(ids.length - 1);
                assertNear(prompt, entropies, floats(expected.get("prompt_nll")));
                assertNear(prompt, last, floats(expected.get("last_logits")));
                assertEquals(greedy, continued(engine, sequence, last, greedy.size()), prompt);
            }
        }
    }

    private static List<Integer> continued(Engine engine, Sequence sequence, float[] logits, int count) {
        List<Integer> out = new ArrayList<>();
        float[] next = logits;
        while (out.size() < count) {
            int best = 0;
            for (int token = 1; token < next.length; token++) {
                best = next[token] > next[best] ? token : best;
            }
            out.add(best);
            next = engine.forward(Batch.of(sequence, new int[] {best}, Batch.Output.LAST))
                    .toArray(0);
        }
        return out;
    }

    private static float crossEntropy(float[] logits, int token) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return (float) (max + Math.log(sum) - logits[token]);
    }

    private static void assertNear(String prompt, float[] actual, float[] expected) {
        double error = Floats.relativeRms(actual, expected);
        assertTrue(error <= 1e-4, prompt + ": relative RMS error " + error);
    }

    private static float[] floats(JsonNode array) {
        float[] out = new float[array.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = array.get(i).floatValue();
        }
        return out;
    }
}
