package dev.keiryo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.MemoryCheckpoint;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
        try (Engine engine = Engine.open(llama2c(folder.resolve("stories260K.bin")), Kernels.best(), 1)) {
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

    /** A llama2.c checkpoint: seven counts, then all tensors of one kind together, layer by layer. */
    private static Checkpoint llama2c(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int hidden = in.getInt();
        int ffn = in.getInt();
        int layers = in.getInt();
        int heads = in.getInt();
        int kvHeads = in.getInt();
        int vocabulary = in.getInt();
        int context = in.getInt();
        int kvWidth = hidden / heads * kvHeads;
        MemoryCheckpoint out = new MemoryCheckpoint()
                .put("general.architecture", MetadataValue.of("llama"))
                .put("llama.embedding_length", MetadataValue.of(hidden))
                .put("llama.feed_forward_length", MetadataValue.of(ffn))
                .put("llama.block_count", MetadataValue.of(layers))
                .put("llama.attention.head_count", MetadataValue.of(heads))
                .put("llama.attention.head_count_kv", MetadataValue.of(kvHeads))
                .put("llama.attention.layer_norm_rms_epsilon", MetadataValue.of(1e-5))
                .put("llama.context_length", MetadataValue.of(context));
        put(out, in, "token_embd", vocabulary, hidden);
        String[] kinds = {
            "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_down", "ffn_up"
        };
        int[] rows = {1, hidden, kvWidth, kvWidth, hidden, 1, ffn, hidden, ffn};
        for (int kind = 0; kind < kinds.length; kind++) {
            for (int i = 0; i < layers; i++) {
                put(out, in, "blk." + i + "." + kinds[kind], rows[kind], kinds[kind].equals("ffn_down") ? ffn : hidden);
            }
        }
        put(out, in, "output_norm", 1, hidden);
        return out;
    }

    private static void put(MemoryCheckpoint out, ByteBuffer in, String name, int rows, int cols) {
        float[] values = new float[rows * cols];
        in.asFloatBuffer().get(values);
        in.position(in.position() + 4 * values.length);
        out.put(name + ".weight", values, rows, cols);
    }
}
