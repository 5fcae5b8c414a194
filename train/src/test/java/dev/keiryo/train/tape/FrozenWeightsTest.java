package dev.keiryo.train.tape;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.quantize.Quantizer;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.ShapeCheckpoint;
import dev.keiryo.tensor.Encoder;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.Initialization;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights that stay as they are stored, whatever that is, and trained ones before, between and behind them. */
class FrozenWeightsTest {
    /** Of the first layer: gradients pass every kind of matrix on their way to it. */
    private static final Set<String> TRAINED =
            Set.of("blk.0.attn_q.weight", "blk.0.attn_norm.weight", "blk.0.ffn_norm.weight", "blk.1.attn_v.weight");

    /** Two layers; a feed-forward matrix has more numbers than are decoded at a time. */
    private static ModelShape shape() {
        return requireNonNull(ModelShapes.find("tiny")).with(2, 256, 2048, 4, 2, 512, 64);
    }

    /** A gradient of each trained weight, and what it took. */
    private record Pass(Map<String, float[]> gradients, double loss, long most, long planned) {}

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"Q4_0", "Q8_0", "Q4_K", "NF4"})
    void givesTheGradientsOfWhatIsDecoded(TensorType type) throws Exception {
        try (Arena arena = Arena.ofShared();
                Parameters full = Parameters.blank(new ShapeCheckpoint(shape(), Recipe.F32), metadata(), Map.of())) {
            new Initialization(0.05f, 0, 7).fill(full, 2);
            EditedCheckpoint quantized = EditedCheckpoint.of(full);
            EditedCheckpoint decoded = EditedCheckpoint.of(full);
            long expanded = Long.MAX_VALUE;
            for (Weight w : full.weights()) {
                if (w.shape().length == 2 && !TRAINED.contains(w.name())) {
                    Weight q = quantized(w, type, arena);
                    quantized.replace(q);
                    decoded.replace(decoded(q, arena));
                    expanded = w.name().contains("ffn") ? Math.min(expanded, 4 * w.count()) : expanded;
                }
            }
            Pass found = pass(quantized);
            Pass expected = pass(decoded);
            assertEquals(expected.loss, found.loss, 1e-6);
            assertEquals(TRAINED, found.gradients.keySet());
            for (String name : TRAINED) {
                float[] e = requireNonNull(expected.gradients.get(name));
                float[] f = requireNonNull(found.gradients.get(name));
                double norm = 0;
                double error = 0;
                for (int i = 0; i < e.length; i++) {
                    norm += e[i] * e[i];
                    error += (e[i] - f[i]) * (e[i] - f[i]);
                }
                assertTrue(norm > 1e-12, name + " has no gradient");
                assertTrue(error <= 1e-10 * norm, name + ": " + Math.sqrt(error) + " of " + Math.sqrt(norm));
            }
            // No matrix was decoded whole.
            assertTrue(
                    found.most - expected.most < expanded,
                    "decoding took " + (found.most - expected.most) + " bytes, a whole matrix takes " + expanded);
            assertEquals(1, (double) found.planned / found.most, 0.02);
        }
    }

    private static Metadata metadata() {
        try (ShapeCheckpoint plan = new ShapeCheckpoint(shape(), Recipe.F32)) {
            return plan.metadata();
        }
    }

    private static Weight quantized(Weight w, TensorType type, Arena arena) {
        Encoder encoder = requireNonNull(Quantizer.of(type));
        float[] values = new float[Math.toIntExact(w.count())];
        w.decode(0, values, 0, values.length);
        MemorySegment data = arena.allocate(type.bytes(w.count()), 64);
        encoder.encode(values, 0, values.length, data, 0);
        return new Weight(w.name(), type, w.shape(), data);
    }

    private static Weight decoded(Weight w, Arena arena) {
        float[] values = new float[Math.toIntExact(w.count())];
        w.decode(0, values, 0, values.length);
        MemorySegment data = arena.allocate(4 * w.count(), 64);
        MemorySegment.copy(values, 0, data, Matrix.F32, 0, values.length);
        return new Weight(w.name(), TensorType.F32, w.shape(), data);
    }

    private static Pass pass(Checkpoint checkpoint) throws Exception {
        Random random = new Random(3);
        int[] ids = random.ints(96, 0, 512).toArray();
        int[] outputs = new int[96];
        Arrays.setAll(outputs, i -> i);
        TrainBatch batch = new TrainBatch(ids, new int[] {0, 40}, outputs);
        TapeOptions options = TapeOptions.of(64);
        try (Arena arena = Arena.ofConfined();
                Workers workers = new Workers(2);
                Parameters parameters = new Parameters(checkpoint, TRAINED::contains)) {
            FloatArithmetic arithmetic = new FloatArithmetic(workers);
            Transformer model = Architectures.read(new Weights(parameters, arena));
            long planned;
            TapeMemory plan = TapeMemory.of(model, parameters, options, null, batch, 2);
            planned = plan.gradients() + plan.results();
            try (Tape<Matrix> tape = new Tape<>(arithmetic, parameters, options)) {
                // Frozen weights have no gradient, nor memory for one.
                long trained = parameters.trained().stream()
                        .mapToLong(w -> PoolSizes.size(4 * w.count()))
                        .sum();
                assertEquals(trained, arithmetic.sizes().held());
                Tensor logits = tape.run(model, null, batch, 0);
                float[] weights = new float[96];
                Arrays.fill(weights, 1);
                double loss = tape.crossEntropy(logits, random.ints(96, 0, 512).toArray(), weights, 96);
                tape.back();
                Map<String, float[]> gradients = tape.gradients().all().entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                e -> e.getValue().data().toArray(Matrix.F32),
                                (a, b) -> a,
                                TreeMap::new));
                return new Pass(gradients, loss, arithmetic.sizes().held(), planned);
            }
        }
    }
}
