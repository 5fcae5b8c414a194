package dev.keiryo.train.tape;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.optimize.OptimizerOptions;
import dev.keiryo.train.optimize.ParameterGroup;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Logits, losses and gradients of five architectures in float32 against PyTorch's: {@code src/test/python/torch_parity.py}. */
class TorchParityTest {
    private static JsonNode golden(String name) throws Exception {
        try (InputStream in =
                requireNonNull(TorchParityTest.class.getResourceAsStream("/dev/keiryo/train/torch-parity.json"))) {
            return requireNonNull(JsonMapper.shared().readTree(in).get(name));
        }
    }

    private static int[] integers(JsonNode array) {
        int[] values = new int[array.size()];
        Arrays.setAll(values, i -> array.get(i).asInt());
        return values;
    }

    /** Texts one after the other, each a document. */
    private static TrainBatch batch(JsonNode texts, boolean counts) {
        int[] starts = new int[texts.size()];
        int n = 0;
        for (int d = 0; d < starts.length; d++) {
            starts[d] = n;
            n += texts.get(d).size();
        }
        int[] ids = new int[n];
        for (int d = 0; d < starts.length; d++) {
            int[] text = integers(texts.get(d));
            System.arraycopy(text, 0, ids, starts[d], text.length);
        }
        int[] outputs = new int[counts ? n : 0];
        Arrays.setAll(outputs, i -> i);
        return new TrainBatch(ids, starts, outputs);
    }

    /** A model and its case. */
    private record Run(JsonNode golden, Parameters parameters, Tape<Matrix> tape, Transformer model) {
        Tensor logits() throws Exception {
            boolean twoTexts = model.kind() == Transformer.Kind.ENCODER_DECODER;
            Tensor result = tape.run(
                    model, twoTexts ? batch(golden.get("source"), false) : null, batch(golden.get("tokens"), true), 0);
            return model.kind() == Transformer.Kind.ENCODER
                    ? tape.ops().linear(new Linear(parameters.weight("token_embd.weight"), null), result)
                    : result;
        }

        double loss() throws Exception {
            int[] targets = integers(golden.get("targets"));
            float[] weights = new float[targets.length];
            Arrays.fill(weights, 1);
            return tape.crossEntropy(logits(), targets, weights, targets.length);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa", "gpt2", "mixtral", "bert", "t5"})
    void equalsPyTorch(String name) throws Exception {
        try (Arena arena = Arena.ofConfined();
                Workers workers = new Workers(2);
                Parameters parameters = new Parameters(
                        Checkpoints.open(TestData.path("golden/architectures/" + name + ".gguf")), tensor -> true);
                Tape<Matrix> tape = Tape.inFloat32(parameters, TapeOptions.of(128), workers)) {
            Run run = new Run(golden(name), parameters, tape, Architectures.read(new Weights(parameters, arena)));
            Matrix logits = tape.values(run.logits());
            for (JsonNode place : run.golden.get("logits")) {
                double expected = place.get(2).asDouble();
                double found = logits.get(place.get(0).asInt(), place.get(1).asInt());
                assertEquals(expected, found, 1e-4 * Math.max(1, Math.abs(expected)), "logit " + place);
            }
            assertEquals(run.golden.get("losses").get(0).asDouble(), run.loss(), 1e-5);
            tape.back();
            for (Weight w : parameters.trained()) {
                compare(
                        w.name(),
                        run.golden.get("gradients").get(w.name()),
                        requireNonNull(tape.gradients().of(w)));
            }
        }
    }

    /** The losses before each of ten steps of AdamW, and after the last. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa", "gpt2", "mixtral", "bert", "t5"})
    void learnsAsPyTorchDoes(String name) throws Exception {
        try (Arena arena = Arena.ofConfined();
                Workers workers = new Workers(2);
                Parameters parameters = new Parameters(
                        Checkpoints.open(TestData.path("golden/architectures/" + name + ".gguf")), tensor -> true);
                Tape<Matrix> tape = Tape.inFloat32(parameters, TapeOptions.of(128), workers);
                Optimizer optimizer = OptimizerOptions.parse("adamw:beta1=0.9,beta2=0.95,epsilon=1e-8")
                        .create(
                                ParameterGroup.assign(
                                        parameters.trained(), List.of(new ParameterGroup("all", w -> true, 0.1, 1))),
                                workers)) {
            Run run = new Run(golden(name), parameters, tape, Architectures.read(new Weights(parameters, arena)));
            JsonNode losses = run.golden.get("losses");
            assertEquals(11, losses.size());
            for (JsonNode expected : losses) {
                tape.gradients().clear();
                assertEquals(expected.asDouble(), run.loss(), 1e-4 * expected.asDouble());
                tape.back();
                optimizer.step(tape.gradients().all(), run.golden.get("rate").asDouble(), 1);
            }
        }
    }

    private static void compare(String name, JsonNode golden, Matrix gradient) {
        double norm = 0;
        for (int i = 0; i < gradient.rows() * gradient.cols(); i++) {
            double g = gradient.data().getAtIndex(Matrix.F32, i);
            norm += g * g;
        }
        double expected = golden.get("norm").asDouble();
        assertEquals(expected, Math.sqrt(norm), 1e-4 * expected + 1e-6, name);
        assertTrue(golden.get("places").size() > 0);
        for (JsonNode place : golden.get("places")) {
            double g = place.get(1).asDouble();
            double found = gradient.data().getAtIndex(Matrix.F32, place.get(0).asInt());
            assertEquals(g, found, 1e-4 * Math.abs(g) + 1e-6, name + " at " + place);
        }
    }
}
