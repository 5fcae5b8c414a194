package dev.keiryo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every architecture against an independent implementation, on models that are made here: {@code expected/NAME.json}
 * holds, for each position, a few logits (encoders: hidden numbers), their root mean square and the greatest one's
 * index, and says how they were computed.
 */
class TinyModelsTest {
    private static final double BOUND = 1e-5;

    @TempDir
    private Path folder;

    @Test
    void everyArchitectureIsAmongThem() throws IOException {
        Set<String> covered = new HashSet<>();
        for (String name : TinyModels.all().keySet()) {
            try (Gguf model = Gguf.open(written(name))) {
                covered.add(model.metadata().architecture());
            }
        }
        assertEquals(Architectures.names(), covered);
    }

    @TestFactory
    List<DynamicTest> logitsEqualTheIndependentOnes() {
        return TinyModels.all().keySet().stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> check(name)))
                .toList();
    }

    private void check(String name) throws IOException {
        JsonNode expected = read(name);
        int[] tokens = ids(expected.get("tokens"));
        try (Engine engine = Engine.open(
                        Gguf.open(written(name)), EngineOptions.defaults().withThreads(2));
                Sequence sequence = engine.newSequence(tokens.length)) {
            int[] fed = tokens;
            if (expected.has("decoder_tokens")) {
                engine.encode(sequence, tokens);
                fed = ids(expected.get("decoder_tokens"));
            }
            compare(expected, engine.forward(Batch.of(sequence, fed, Batch.Output.ALL)));
        }
    }

    private static void compare(JsonNode expected, Matrix actual) {
        int[] ids = ids(expected.get("ids"));
        JsonNode positions = expected.get("positions");
        assertEquals(positions.size(), actual.rows());
        float[] picked = new float[actual.rows() * ids.length];
        float[] values = new float[picked.length];
        float[] sizes = new float[actual.rows()];
        float[] rms = new float[actual.rows()];
        for (int p = 0; p < actual.rows(); p++) {
            JsonNode position = positions.get(p);
            for (int i = 0; i < ids.length; i++) {
                picked[p * ids.length + i] = actual.get(p, ids[i]);
                values[p * ids.length + i] = position.get("values").get(i).floatValue();
            }
            float[] row = actual.toArray(p);
            sizes[p] = rms(row);
            rms[p] = position.get("rms").floatValue();
            assertEquals(position.get("argmax").asInt(), argmax(row), "greatest at position " + p);
        }
        double error = Floats.relativeRms(picked, values);
        assertTrue(error <= BOUND, "relative RMS error " + error);
        double sizeError = Floats.relativeRms(sizes, rms);
        assertTrue(sizeError <= BOUND, "relative error of the rows' sizes " + sizeError);
    }

    private static float rms(float[] row) {
        double squares = 0;
        for (float x : row) {
            squares += (double) x * x;
        }
        return (float) Math.sqrt(squares / row.length);
    }

    private static int argmax(float[] row) {
        int best = 0;
        for (int i = 1; i < row.length; i++) {
            best = row[i] > row[best] ? i : best;
        }
        return best;
    }

    private Path written(String name) throws IOException {
        Path file = folder.resolve(name + ".gguf");
        Objects.requireNonNull(TinyModels.all().get(name)).write(file);
        return file;
    }

    private static JsonNode read(String name) throws IOException {
        try (InputStream in = TinyModelsTest.class.getResourceAsStream("expected/" + name + ".json")) {
            return JsonMapper.shared().readTree(Objects.requireNonNull(in, "no expected figures of " + name));
        }
    }

    private static int[] ids(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::asInt).toArray();
    }
}
