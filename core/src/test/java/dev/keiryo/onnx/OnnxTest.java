package dev.keiryo.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.Hostile;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OnnxTest {
    private static final int[] HELLO_WORLD = {101, 7592, 2088, 999, 102};

    /** The first eight numbers of each token's last hidden state, by ONNX Runtime 1.23.2 for Java of all-MiniLM-L6-v2.onnx. */
    private static final float[][] WANTED = {
        {0.16112268f, 0.038276926f, 0.033650503f, 0.29647258f, -0.1867499f, -0.3821308f, 0.07849757f, -0.09912703f},
        {-0.40002877f, 0.2809282f, 0.35438794f, -0.18104957f, -0.5414124f, -1.0456095f, 0.4400696f, -0.58259434f},
        {-0.14700167f, 0.26710957f, -0.36627916f, -0.17345998f, 0.34272885f, -1.7749194f, -0.36621273f, -0.20985688f},
        {0.2951358f, 0.18495055f, 0.2614439f, -0.04193557f, -0.19902785f, 0.4142707f, 0.119210966f, -0.16059704f},
        {-0.45728803f, -0.09164432f, -0.2984259f, 0.41222754f, -0.43677545f, -0.43705645f, 0.8497066f, 0.4914728f},
    };

    @TempDir
    private Path folder;

    @Test
    void namesTransposesAndDequantizes() throws FormatException {
        try (Onnx onnx = Onnx.read("x", MemorySegment.ofArray(SmallOnnx.file()), Arena.ofShared())) {
            List<Onnx.Parameter> all = onnx.parameters();
            assertEquals(
                    "[b.dense.weight F32[2, 3], b.dense.bias F32[3], c.dense.weight F32[2, 2]]",
                    all.stream().map(p -> p.weight().toString()).toList().toString());
            assertEquals(
                    List.of(true, false, true),
                    all.stream().map(Onnx.Parameter::isTransposed).toList());
            assertArrayEquals(
                    new float[] {0.5f, -6, 1.5f, -10},
                    all.get(2).weight().data().toArray(ValueLayout.JAVA_FLOAT));
            assertEquals(3, onnx.heads(6));
            assertEquals(0, onnx.heads(8));
        }
    }

    @Test
    void damagedFilesAreRefused() throws IOException {
        SmallOnnx.read(SmallOnnx.file());
        Hostile hostile = new Hostile(SmallOnnx::read, 1 << 20);
        int accepted = hostile.byteFlips(SmallOnnx.file(), 20_000, 2);
        assertTrue(accepted > 100 && accepted < 19_000, "accepted " + accepted);
        hostile.absurdFields(SmallOnnx.file());
    }

    @Test
    void whatIsNoModelIsRefused() {
        assertThrows(FormatException.class, () -> SmallOnnx.read(new byte[0]));
        assertThrows(FormatException.class, () -> SmallOnnx.read("GGUF not at all".getBytes(StandardCharsets.UTF_8)));
    }

    private Path extract(String name) throws IOException {
        Path file = folder.resolve(name);
        try (InputStream in = Objects.requireNonNull(OnnxTest.class.getResourceAsStream("/" + name), name)) {
            Files.copy(in, file);
        }
        return file;
    }

    private static double error(Checkpoint model) throws FormatException {
        double most = 0;
        try (Engine engine = Engine.open(model, EngineOptions.defaults());
                Sequence text = engine.newSequence(HELLO_WORLD.length)) {
            Matrix hidden = engine.forward(Batch.of(text, HELLO_WORLD, Batch.Output.ALL));
            for (int t = 0; t < WANTED.length; t++) {
                for (int i = 0; i < WANTED[t].length; i++) {
                    float found = hidden.data().get(Matrix.F32, hidden.rowOffset(t) + 4L * i);
                    most = Math.max(most, Math.abs(found - WANTED[t][i]));
                }
            }
        }
        return most;
    }

    /** As it is, and as a GGUF file. */
    @Test
    void agreesWithOnnxRuntime() throws IOException {
        Path file = extract("all-minilm-l6-v2.onnx");
        assertEquals(0, error(Checkpoints.open(file)), 2e-5);
        Path gguf = folder.resolve("model.gguf");
        try (Checkpoint source = Checkpoints.open(file)) {
            GgufConverter.convert(source, gguf, ConvertOptions.NONE, (tensor, done, total) -> {});
        }
        assertEquals(0, error(Checkpoints.open(gguf)), 2e-5);
    }

    /** Weights of 8 bits cost what they cost: the same vectors to within a few hundredths. */
    @Test
    void readsWhatOnnxRuntimeHasQuantized() throws IOException {
        double error = error(Checkpoints.open(extract("all-minilm-l6-v2-q.onnx")));
        assertTrue(error > 1e-3 && error < 0.1, Double.toString(error));
    }

    @Test
    void otherModelsAreRefusedByName() throws IOException {
        Path file = folder.resolve("small.onnx");
        Files.write(file, SmallOnnx.file());
        FormatException e = assertThrows(FormatException.class, () -> Checkpoints.open(file));
        assertTrue(String.valueOf(e.getMessage()).contains("config.json"), e.getMessage());
    }
}
