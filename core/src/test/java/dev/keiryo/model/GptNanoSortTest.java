package dev.keiryo.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.MemoryCheckpoint;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * minGPT's trained example, which sorts six letters of an alphabet of three, run as GPT-2: every intermediate result of
 * its first layer equals PyTorch's, and it sorts.
 */
class GptNanoSortTest {
    private static final int LENGTH = 6;
    private static final Map<String, String> NAMES = Map.of(
            "ln_1", "attn_norm",
            "attn.c_attn", "attn_qkv",
            "attn.c_proj", "attn_output",
            "ln_2", "ffn_norm",
            "mlp.c_fc", "ffn_up",
            "mlp.c_proj", "ffn_down");

    @Test
    void intermediateResultsEqualPyTorch() throws IOException {
        JsonNode partials = json("gpt-nano-sort-t0-partials.json");
        float[] ids = floats(partials.get("idx"));
        List<Observer.Seen> seen = new ArrayList<>();
        float[] logits;
        try (Engine engine = open();
                Sequence first = engine.newSequence(11);
                Sequence second = engine.newSequence(11);
                Sequence third = engine.newSequence(11)) {
            Batch batch = new Batch();
            for (Sequence sequence : List.of(first, second, third)) {
                int[] tokens = new int[11];
                Arrays.setAll(tokens, t -> (int) ids[batch.count() + t]);
                batch.add(sequence, tokens, 0, 11, Batch.Output.ALL);
            }
            logits = Observer.numbers(engine.forward(batch, ops -> Observer.of(ops, seen)));
        }

        String[][] layer = {
            {"layerNorm", "ln1"},
            {"linear", "q"},
            {"linear", "k"},
            {"linear", "v"},
            {"attend", "y"},
            {"linear", "yProj"},
            {"add", "attnResid"},
            {"layerNorm", "ln2"},
            {"linear", "fc"},
            {"activate", "gelu"},
            {"linear", "mlp"},
            {"add", "mlpResid"},
        };
        List<String[]> expected = new ArrayList<>();
        expected.addAll(List.of(new String[][] {{"embed", "tok_emb"}, {"embedPositions", ""}, {"add", "x"}}));
        for (int i = 0; i < 3; i++) {
            for (String[] step : layer) {
                expected.add(new String[] {step[0], i == 0 ? step[1] : ""});
            }
            expected.add(new String[] {"block", "block" + i});
        }
        expected.addAll(List.of(new String[][] {{"outputs", "block2"}, {"layerNorm", "ln_f"}, {"linear", "lm_head"}}));
        assertEquals(
                expected.stream().map(step -> step[0]).toList(),
                seen.stream().map(Observer.Seen::operation).toList());
        for (int i = 0; i < seen.size(); i++) {
            String name = expected.get(i)[1];
            if (!name.isEmpty()) {
                assertNear(name, seen.get(i).result(), rows(partials.get(name)));
            }
        }
        float[] positions = Arrays.copyOf(seen.get(1).result(), 11 * 48);
        assertNear("pos_emb", positions, floats(partials.get("pos_emb")));
        assertNear("lm_head", logits, floats(partials.get("lm_head")));
        assertNear("probs", softmax(logits, 3), floats(partials.get("probs")));
    }

    @Test
    void sorts() throws IOException {
        List<int[]> texts = new ArrayList<>();
        for (int n = 0; n < 729; n += 7) {
            int[] letters = new int[LENGTH];
            for (int i = 0, rest = n; i < LENGTH; i++, rest /= 3) {
                letters[i] = rest % 3;
            }
            texts.add(letters);
        }
        List<int[]> continued = continued(texts);
        for (int i = 0; i < texts.size(); i++) {
            int[] sorted = texts.get(i).clone();
            Arrays.sort(sorted);
            assertArrayEquals(sorted, continued.get(i), Arrays.toString(texts.get(i)));
        }
    }

    /** The six most likely letters after each text, all texts in one batch. */
    private static List<int[]> continued(List<int[]> texts) throws IOException {
        List<int[]> out = texts.stream().map(text -> new int[LENGTH]).toList();
        List<Sequence> sequences = new ArrayList<>();
        try (Engine engine = open()) {
            texts.forEach(text -> sequences.add(engine.newSequence(2 * LENGTH - 1)));
            for (int i = 0; i < LENGTH; i++) {
                Batch batch = new Batch();
                for (int s = 0; s < texts.size(); s++) {
                    int[] next = i == 0 ? texts.get(s) : new int[] {out.get(s)[i - 1]};
                    batch.add(sequences.get(s), next, 0, next.length, Batch.Output.LAST);
                }
                Matrix logits = engine.forward(batch);
                for (int s = 0; s < texts.size(); s++) {
                    out.get(s)[i] = greatest(logits.toArray(s));
                }
            }
            sequences.forEach(Sequence::close);
        }
        return out;
    }

    private static int greatest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    private static void assertNear(String name, float[] actual, float[] expected) {
        double error = Floats.relativeRms(actual, expected);
        assertTrue(error <= 1e-5, name + ": relative RMS error " + error);
    }

    private static Engine open() throws IOException {
        JsonNode model = json("gpt-nano-sort-model.json");
        MemoryCheckpoint checkpoint = new MemoryCheckpoint()
                .put("general.architecture", MetadataValue.of("gpt2"))
                .put("gpt2.context_length", MetadataValue.of(11))
                .put("gpt2.embedding_length", MetadataValue.of(48))
                .put("gpt2.block_count", MetadataValue.of(3))
                .put("gpt2.feed_forward_length", MetadataValue.of(4 * 48))
                .put("gpt2.attention.head_count", MetadataValue.of(3))
                .put("gpt2.attention.layer_norm_epsilon", MetadataValue.of(1e-5));
        put(checkpoint, "token_embd.weight", model.get("transformer.wte.weight"));
        put(checkpoint, "position_embd.weight", model.get("transformer.wpe.weight"));
        put(checkpoint, "output_norm.weight", model.get("transformer.ln_f.weight"));
        put(checkpoint, "output_norm.bias", model.get("transformer.ln_f.bias"));
        put(checkpoint, "output.weight", model.get("lm_head.weight"));
        for (int i = 0; i < 3; i++) {
            for (Map.Entry<String, String> name : NAMES.entrySet()) {
                for (String part : List.of(".weight", ".bias")) {
                    // minGPT keeps its matrices as nn.Linear does, [out, in]: nothing is to be transposed
                    JsonNode stored = model.get("transformer.h." + i + "." + name.getKey() + part);
                    put(checkpoint, "blk." + i + "." + name.getValue() + part, stored);
                }
            }
        }
        return Engine.open(checkpoint, EngineOptions.defaults().withThreads(2));
    }

    private static void put(MemoryCheckpoint checkpoint, String name, JsonNode stored) {
        checkpoint.put(name, floats(stored), shape(stored));
    }

    private static JsonNode json(String file) {
        return JsonMapper.shared()
                .readTree(TestData.path("models/gpt-nano-sort").resolve(file));
    }

    private static long[] shape(JsonNode stored) {
        return stored.get("shape").valueStream().mapToLong(JsonNode::asLong).toArray();
    }

    private static float[] floats(JsonNode stored) {
        ByteBuffer bytes = ByteBuffer.wrap(
                        Base64.getDecoder().decode(stored.get("data").asString()))
                .order(ByteOrder.LITTLE_ENDIAN);
        float[] out = new float[bytes.remaining() / 4];
        bytes.asFloatBuffer().get(out);
        return out;
    }

    /** {@code [texts, tokens, width]} as it is; {@code [texts, heads, tokens, width]} with a token's heads side by side. */
    private static float[] rows(JsonNode stored) {
        float[] values = floats(stored);
        long[] shape = shape(stored);
        if (shape.length == 3) {
            return values;
        }
        int heads = (int) shape[1];
        int tokens = (int) shape[2];
        int width = (int) shape[3];
        float[] out = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            int token = i / width % tokens;
            int head = i / width / tokens % heads;
            int text = i / width / tokens / heads;
            out[((text * tokens + token) * heads + head) * width + i % width] = values[i];
        }
        return out;
    }

    private static float[] softmax(float[] logits, int width) {
        float[] out = new float[logits.length];
        for (int row = 0; row < logits.length; row += width) {
            double sum = 0;
            for (int c = 0; c < width; c++) {
                sum += Math.exp(logits[row + c]);
            }
            for (int c = 0; c < width; c++) {
                out[row + c] = (float) (Math.exp(logits[row + c]) / sum);
            }
        }
        return out;
    }
}
