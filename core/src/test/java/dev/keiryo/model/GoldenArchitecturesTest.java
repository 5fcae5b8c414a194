package dev.keiryo.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.TestData;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every architecture's logits against an independent implementation's: the shared goldens, and those of any folder of
 * the same form named by {@code KEIRYO_GOLDENS}.
 */
class GoldenArchitecturesTest {
    @TestFactory
    List<DynamicTest> logitsEqualTheGoldens() {
        List<DynamicTest> tests = new ArrayList<>(golden(TestData.path("golden/architectures")));
        String more = System.getenv("KEIRYO_GOLDENS");
        if (more != null) {
            tests.addAll(golden(Path.of(more)));
        }
        return tests;
    }

    private static List<DynamicTest> golden(Path folder) {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode model : JsonMapper.shared().readTree(folder.resolve("index.json"))) {
            String name = model.get("model").asString();
            tests.add(DynamicTest.dynamicTest(name, () -> check(folder, name, model)));
        }
        return tests;
    }

    private static void check(Path folder, String name, JsonNode model) throws IOException {
        // F16 weights: the reference rounds activations to F16 as well; T5 and Gemma 2: it looks GELU up in an F16
        // table
        double bound = name.equals("gemma2") ? 5e-3 : 1e-3;
        float[] logits = logits(folder.resolve(name + ".gguf"), ids(model.get("tokens")), model.get("decoder_tokens"));
        // T5 1.0, whose head is its embedding: Hugging Face's implementation, the reference, multiplies what enters the
        // head by 1/√hidden, for which the weights were trained; llama.cpp, whose logits the plain file holds, does not
        Path scaled = folder.resolve(name + ".scaled.f32");
        compare(name, logits, Files.exists(scaled) ? scaled : folder.resolve(name + ".f32"), bound);
        // BERT, Falcon and MPT were trained with GELU by the error function; llama.cpp approximates it by tanh
        Path erf = folder.resolve(name + ".erf.f32");
        if (Files.exists(erf)) {
            compare(name + " with exact GELU", logits, erf, 1e-5);
        }
    }

    private static void compare(String name, float[] logits, Path golden, double bound) throws IOException {
        double error = Floats.relativeRms(logits, Floats.read(golden));
        System.out.printf("%s: relative RMS error %.2e%n", name, error);
        assertTrue(error <= bound, name + ": relative RMS error " + error);
    }

    private static float[] logits(Path file, int[] tokens, @org.jspecify.annotations.Nullable JsonNode decoderTokens)
            throws IOException {
        try (Engine engine =
                        Engine.open(Gguf.open(file), EngineOptions.defaults().withThreads(2));
                Sequence sequence = engine.newSequence(tokens.length)) {
            int[] ids = tokens;
            if (decoderTokens != null) {
                engine.encode(sequence, tokens);
                ids = ids(decoderTokens);
            }
            return all(engine.forward(Batch.of(sequence, ids, Batch.Output.ALL)));
        }
    }

    private static float[] all(Matrix m) {
        float[] out = new float[m.rows() * m.cols()];
        for (int r = 0; r < m.rows(); r++) {
            System.arraycopy(m.toArray(r), 0, out, r * m.cols(), m.cols());
        }
        return out;
    }

    private static int[] ids(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::asInt).toArray();
    }
}
