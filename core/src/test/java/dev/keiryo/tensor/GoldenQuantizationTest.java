package dev.keiryo.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.gguf.Gguf;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every weight format against independent implementations: dequantized rows bit for bit, logits closely, encoders byte
 * for byte. The shared goldens, and those of any folder of the same form named by {@code KEIRYO_QUANT_GOLDENS}.
 */
class GoldenQuantizationTest {
    private static final String SHARED = "golden/quantization";

    @TestFactory
    List<DynamicTest> rowsAndLogitsEqualTheGoldens() {
        List<DynamicTest> tests = new ArrayList<>(golden(TestData.path(SHARED)));
        String more = System.getenv("KEIRYO_QUANT_GOLDENS");
        if (more != null) {
            tests.addAll(golden(Path.of(more)));
        }
        return tests;
    }

    private static List<DynamicTest> golden(Path folder) {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode entry : JsonMapper.shared().readTree(folder.resolve("index.json"))) {
            String name = entry.get("file").asString();
            if (supported(entry)) {
                tests.add(DynamicTest.dynamicTest(name + " rows", () -> checkRows(folder, entry)));
                tests.add(DynamicTest.dynamicTest(name + " logits", () -> checkLogits(folder, entry)));
            } else {
                tests.add(DynamicTest.dynamicTest(name + " is refused", () -> checkRefusal(folder, entry)));
            }
        }
        return tests;
    }

    private static boolean supported(JsonNode entry) {
        return Codecs.of(TensorType.valueOf(entry.get("ggml_type").asString())) != null;
    }

    private static void checkRows(Path folder, JsonNode entry) throws IOException {
        float[] expected = Floats.read(folder.resolve(entry.get("expected").asString()));
        try (Gguf model = Gguf.open(folder.resolve(entry.get("file").asString()))) {
            Weight w = model.weight(entry.get("tensor").asString());
            assertEquals(entry.get("ggml_type").asString(), w.type().name());
            float[] decoded = new float[expected.length];
            Codecs.require(w.type()).decode(w.data(), 0, decoded, 0, decoded.length);
            assertBitsEqual(expected, decoded);
        }
    }

    private static void assertBitsEqual(float[] expected, float[] actual) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(Float.floatToRawIntBits(expected[i]), Float.floatToRawIntBits(actual[i]), "weight " + i);
        }
    }

    private static void checkLogits(Path folder, JsonNode entry) throws IOException {
        String file = entry.get("file").asString();
        int[] tokens =
                entry.get("tokens").valueStream().mapToInt(JsonNode::asInt).toArray();
        float[] expected = Floats.read(folder.resolve(entry.get("logits").asString()));
        float[] actual;
        try (Engine engine = Engine.open(
                        Gguf.open(folder.resolve(file)),
                        EngineOptions.defaults().withThreads(2));
                Sequence sequence = engine.newSequence(tokens.length)) {
            Matrix logits = engine.forward(Batch.of(sequence, tokens, Batch.Output.ALL));
            actual =
                    logits.data().asSlice(0, 4L * logits.rows() * logits.cols()).toArray(ValueLayout.JAVA_FLOAT);
        }
        double error = Floats.relativeRms(actual, expected);
        System.out.printf(Locale.ROOT, "%s: relative RMS error %.2e%n", file, error);
        assertTrue(error <= bound(entry), file + ": relative RMS error " + error);
    }

    /** The reference rounds activations to the weights' 16-bit type, or to 8 bits for quantized ones. */
    private static double bound(JsonNode entry) {
        return switch (entry.get("ggml_type").asString()) {
            case "F32" -> 2e-6;
            case "F16" -> 1e-3;
            case "BF16" -> 5e-3;
            default -> 0.03;
        };
    }

    private static void checkRefusal(Path folder, JsonNode entry) {
        Path file = folder.resolve(entry.get("file").asString());
        String type = TensorType.valueOf(entry.get("ggml_type").asString()).label();
        FormatException e = assertThrows(FormatException.class, () -> {
            try (Engine engine =
                    Engine.open(Gguf.open(file), EngineOptions.defaults().withThreads(1))) {
                engine.threads();
            }
        });
        assertTrue(String.valueOf(e).contains(type), e.toString());
    }

    @Test
    void encodersGiveTheReferencesBytes() throws IOException {
        Path folder = TestData.path(SHARED);
        try (Gguf source = Gguf.open(folder.resolve("F32.gguf"))) {
            for (TensorType type : List.of(TensorType.F16, TensorType.BF16, TensorType.Q8_0)) {
                try (Gguf target = Gguf.open(folder.resolve(type + ".gguf"))) {
                    checkEncoder(source, target, type);
                }
            }
        }
    }

    private static void checkEncoder(Gguf source, Gguf target, TensorType type) throws FormatException {
        int checked = 0;
        for (Weight expected : target.weights()) {
            if (expected.type() != type) {
                continue;
            }
            Weight from = source.weight(expected.name());
            int n = Math.toIntExact(from.count());
            float[] values = new float[n];
            Codecs.require(from.type()).decode(from.data(), 0, values, 0, n);
            byte[] bytes = new byte[Math.toIntExact(expected.data().byteSize())];
            Encoder encoder = Codecs.encoder(type);
            assertTrue(encoder != null);
            encoder.encode(values, 0, n, MemorySegment.ofArray(bytes), 0);
            assertArrayEquals(expected.data().toArray(ValueLayout.JAVA_BYTE), bytes, expected.toString());
            checked++;
        }
        assertTrue(checked > 5, checked + " tensors of " + type);
    }
}
