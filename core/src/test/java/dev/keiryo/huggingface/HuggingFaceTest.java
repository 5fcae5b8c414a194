package dev.keiryo.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.FormatException;
import dev.keiryo.Logits;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.gguf.GgufWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Folders of every architecture, and their conversions, against passes over Hugging Face's own layouts. */
class HuggingFaceTest {
    @TempDir
    private static Path temp;

    @TestFactory
    List<DynamicTest> logitsEqualNumPysOfTheSameFolder() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode model : SmallFolder.all()) {
            tests.add(DynamicTest.dynamicTest(model.get("model").asString(), () -> check(model)));
        }
        return tests;
    }

    private static void check(JsonNode model) throws IOException {
        Path folder = SmallFolder.write(temp.resolve(model.get("model").asString()), model);
        float[] logits = Logits.of(Checkpoints.open(folder), model);
        double error = Floats.relativeRms(logits, Logits.floats(model.get("expected")));
        System.out.printf("%s: relative RMS error %.1e%n", folder.getFileName(), error);
        assertTrue(error <= 2e-6, folder.getFileName() + ": relative RMS error " + error);

        Path gguf = folder.resolve("converted.gguf");
        boolean reordered;
        try (Checkpoint source = Checkpoints.open(folder)) {
            GgufConverter.convert(source, gguf, ConvertOptions.NONE, (tensor, done, total) -> {});
            String architecture = source.metadata().architecture();
            reordered = architecture.equals("llama") || architecture.equals("granite");
        }
        float[] converted = Logits.of(Checkpoints.open(gguf), model);
        if (reordered) {
            // a head's numbers are summed in another order
            assertTrue(Floats.relativeRms(converted, logits) <= 1e-6);
        } else {
            assertArrayEquals(logits, converted, folder.getFileName() + ", converted");
        }
    }

    @Test
    void trainedModelEqualsLlamaCpp() throws IOException {
        Path folder = TestData.path("models/TinyStories-656K");
        JsonNode golden = JsonMapper.shared().readTree(TestData.path("golden/trained/TinyStories-656K.json"));
        float[] expected = Floats.read(TestData.path("golden/trained/TinyStories-656K.logits.f32"));
        int[] tokens = Logits.ints(golden.get("logits_tokens"));
        float[] logits = Logits.of(HuggingFace.open(folder), tokens, null);
        assertTrue(Floats.relativeRms(logits, expected) <= 1e-5);

        Path gguf = temp.resolve("TinyStories-656K.gguf");
        try (Checkpoint source = HuggingFace.open(folder)) {
            GgufConverter.convert(source, gguf, ConvertOptions.NONE, (tensor, done, total) -> {});
        }
        assertTrue(Floats.relativeRms(Logits.of(Gguf.open(gguf), tokens, null), logits) <= 1e-6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama-biases-linear | {\"hidden_act\": \"gelu\"} | hidden_act",
                "llama-biases-linear | {\"rope_scaling\": {\"type\": \"spiral\", \"factor\": 2.0}} | rope_scaling.type",
                "llama-biases-linear | {\"quantization_config\": {\"bits\": 4}} | quantization_config",
                "llama-biases-linear | {\"architectures\": [\"MambaForCausalLM\"]} | MambaForCausalLM",
                "llama-biases-linear | {\"hidden_size\": \"64\"} | hidden_size",
                "llama-biases-linear | {\"num_hidden_layers\": -1} | num_hidden_layers",
                "llama-biases-linear | {\"num_key_value_heads\": 3} | num_key_value_heads",
                "qwen2-yarn | {\"use_sliding_window\": true} | use_sliding_window",
                "qwen2-yarn | {\"tie_word_embeddings\": false} | tie_word_embeddings",
                "olmoe | {\"clip_qkv\": 8.0} | clip_qkv",
                "qwen2moe | {\"decoder_sparse_step\": 2} | decoder_sparse_step",
                "gpt2 | {\"scale_attn_by_inverse_layer_idx\": true} | scale_attn_by_inverse_layer_idx",
                "falcon-7b | {\"alibi\": true} | alibi",
                "falcon-7b | {\"parallel_attn\": false} | parallel_attn",
                "phi3-longrope-long | {\"rope_scaling\": {\"type\": \"longrope\", \"long_factor\": [1.0], \"short_factor\": [1.0]}} | long_factor",
                "t5 | {\"feed_forward_proj\": \"gated-silu\"} | feed_forward_proj",
                "bert | {\"position_embedding_type\": \"relative_key\"} | position_embedding_type"
            })
    void whatCannotBeComputedIsRefused(String name, String change, String blamed) throws IOException {
        JsonNode model = SmallFolder.named(name);
        ObjectNode config = (ObjectNode) model.get("config").deepCopy();
        JsonMapper.shared().readTree(change).properties().forEach(p -> config.set(p.getKey(), p.getValue()));
        Path folder = SmallFolder.write(temp.resolve("refused"), model, config);
        FormatException e = assertThrows(
                FormatException.class, () -> HuggingFace.open(folder).close());
        assertTrue(e.toString().contains(blamed), e.toString());
    }

    @Test
    void anUnknownTensorIsNamed() throws IOException {
        ObjectNode model = (ObjectNode) SmallFolder.named("bert").deepCopy();
        ObjectNode tensors = (ObjectNode) model.get("tensors");
        tensors.set("encoder.layer.0.adapter.weight", tensors.get("pooler.dense.weight"));
        Path folder = SmallFolder.write(temp.resolve("unknown"), model);
        FormatException e = assertThrows(
                FormatException.class, () -> HuggingFace.open(folder).close());
        assertTrue(e.toString().contains("encoder.layer.0.adapter.weight"), e.toString());
    }

    @Test
    void brokenConfigurationsAreRefused() throws IOException {
        Path folder = SmallFolder.write(temp.resolve("broken"), SmallFolder.named("gemma3"));
        String whole = Files.readString(folder.resolve("config.json"));
        for (int length = 0; length < whole.length(); length += 7) {
            Files.writeString(folder.resolve("config.json"), whole.substring(0, length));
            assertThrows(FormatException.class, () -> HuggingFace.open(folder).close());
        }
    }

    @Test
    void sniffsWhatAFileIs() throws IOException {
        Path folder = SmallFolder.write(temp.resolve("sniffed"), SmallFolder.named("gpt2"));
        for (String file : List.of("config.json", "model.safetensors")) {
            try (Checkpoint c = Checkpoints.open(folder.resolve(file))) {
                assertEquals("gpt2", c.metadata().architecture());
            }
        }
        Path other = Files.write(temp.resolve("other.txt"), new byte[] {1, 2, 3});
        assertThrows(FormatException.class, () -> Checkpoints.open(other).close());
        Path empty = Files.createDirectory(temp.resolve("empty"));
        assertThrows(FormatException.class, () -> Checkpoints.open(empty).close());
        try (Checkpoint c = Checkpoints.open(folder)) {
            new GgufWriter(c.metadata()).write(empty.resolve("m.gguf"));
        }
        try (Checkpoint c = Checkpoints.open(empty)) {
            assertFalse(c.metadata().values().isEmpty());
        }
    }
}
