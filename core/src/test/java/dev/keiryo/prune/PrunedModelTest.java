package dev.keiryo.prune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.model.Block;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.prune.PruneOptions.Method;
import dev.keiryo.prune.Sparsity.Pattern;
import dev.keiryo.prune.Sparsity.Ratio;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of a model computes what the whole one does where the rest is taken to be nothing. */
class PrunedModelTest {
    @TempDir
    private Path folder = Path.of("");

    private static Path stories() {
        return TestData.path("models/stories260K/stories260K.bin");
    }

    private static List<int[]> texts(int vocabulary) {
        SplittableRandom random = new SplittableRandom(8);
        return Stream.of(40, 7, 64, 33)
                .map(n -> random.ints(n, 0, vocabulary).toArray())
                .toList();
    }

    private PrunedModel prune(Checkpoint source, PruneOptions options) throws IOException {
        int vocabulary = source.weight("token_embd.weight").rows();
        return PrunedModel.of(
                source,
                options,
                new CalibrationTexts(texts(vocabulary)),
                EngineOptions.defaults().withThreads(2),
                folder,
                PruneProgress.NONE);
    }

    /** Of all tokens of a text; the checkpoint stays open. */
    private static float[][] logits(Checkpoint model, UnaryOperator<Ops> observer) throws IOException {
        int[] text = texts(model.weight("token_embd.weight").rows()).getFirst();
        Engine engine = Engine.open(EditedCheckpoint.of(model), EngineOptions.defaults());
        try (engine;
                Sequence sequence = engine.newSequence(text.length)) {
            Matrix y = engine.forward(Batch.of(sequence, text, Batch.Output.ALL), observer);
            float[][] rows = new float[y.rows()][];
            for (int r = 0; r < rows.length; r++) {
                rows[r] = y.toArray(r);
            }
            return rows;
        }
    }

    private static float[][] logits(Checkpoint model) throws IOException {
        return logits(model, UnaryOperator.identity());
    }

    private static void assertNear(float[][] expected, float[][] found, double bound) {
        for (int r = 0; r < expected.length; r++) {
            for (int i = 0; i < expected[r].length; i++) {
                assertEquals(expected[r][i], found[r][i], bound, "row " + r + ", token " + i);
            }
        }
    }

    private static BitSet bits(int... which) {
        BitSet bits = new BitSet();
        Arrays.stream(which).forEach(bits::set);
        return bits;
    }

    @Test
    void layersThatAreGoneAreThoseLeftOut() throws IOException {
        try (Checkpoint source = Checkpoints.open(stories());
                PrunedModel pruned = prune(source, PruneOptions.NONE.withLayers(bits(1, 3)))) {
            float[][] skipped = logits(source, inner -> new ForwardingOps(inner) {
                private int layer;

                @Override
                public Tensor block(Block block, Tensor x) {
                    int i = layer++;
                    return i == 1 || i == 3 ? x : super.block(block, x);
                }
            });
            assertEquals(3, pruned.checkpoint().metadata().integer("llama.block_count"));
            assertArrayEquals(skipped, logits(pruned.checkpoint()));
        }
    }

    @Test
    void theLayersThatChangeLeastGoFirst() throws IOException {
        try (Checkpoint source = Checkpoints.open(stories());
                PrunedModel pruned = prune(source, PruneOptions.NONE.withDropLayers(2))) {
            double[] influence = pruned.influence();
            assertEquals(5, influence.length);
            int[] order = IntStream.range(0, 5)
                    .boxed()
                    .sorted((a, b) -> Double.compare(influence[a], influence[b]))
                    .mapToInt(i -> i)
                    .toArray();
            assertEquals(bits(order[0], order[1]), pruned.dropped());
            for (double v : influence) {
                assertTrue(v > 0 && v < 1, "influence " + v);
            }
        }
    }

    /** For each row of {@code some} where it is in {@code all}, both {@code [rows, cols]}. */
    private static int[] rowsOf(Weight some, Weight all) {
        int[] found = new int[some.rows()];
        float[] row = new float[some.cols()];
        float[] other = new float[some.cols()];
        int at = 0;
        for (int r = 0; r < found.length; r++) {
            some.decode((long) r * row.length, row, 0, row.length);
            do {
                all.decode((long) at * row.length, other, 0, row.length);
                at++;
            } while (!Arrays.equals(row, other));
            found[r] = at - 1;
        }
        return found;
    }

    /** {@code source} with zeros in all columns of {@code name} but those kept. */
    private static Weight onlyColumns(Weight w, int[] kept) throws IOException {
        float[] values = Floats.read(w);
        BitSet stay = bits(kept);
        for (int i = 0; i < values.length; i++) {
            values[i] = stay.get(i % w.cols()) ? values[i] : 0;
        }
        return new Weight(
                w.name(),
                dev.keiryo.tensor.TensorType.F32,
                w.shape(),
                java.lang.foreign.MemorySegment.ofBuffer(bytes(values)));
    }

    private static java.nio.ByteBuffer bytes(float[] values) {
        java.nio.ByteBuffer direct =
                java.nio.ByteBuffer.allocateDirect(4 * values.length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        direct.asFloatBuffer().put(values);
        return direct;
    }

    @ParameterizedTest
    @ValueSource(strings = {"models/stories260K/stories260K.bin", "models/TinyStories-656K"})
    void neuronsThatAreGoneAddNothing(String model) throws IOException {
        try (Checkpoint source = Checkpoints.open(TestData.path(model));
                PrunedModel pruned = prune(source, PruneOptions.NONE.withFfnRatio(0.25))) {
            EditedCheckpoint expected = EditedCheckpoint.of(source);
            int width = source.metadata().integer("llama.feed_forward_length");
            for (int i = 0; i < source.metadata().integer("llama.block_count"); i++) {
                String ffn = "blk." + i + ".ffn_";
                int[] kept =
                        rowsOf(pruned.checkpoint().weight(ffn + "gate.weight"), source.weight(ffn + "gate.weight"));
                assertEquals(WidthReduction.neuronsLeft(width, 0.25), kept.length);
                expected.replace(onlyColumns(source.weight(ffn + "down.weight"), kept));
            }
            assertNear(logits(expected), logits(pruned.checkpoint()), 1e-4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"models/stories260K/stories260K.bin", "models/TinyStories-656K"})
    void headsThatAreGoneAddNothing(String model) throws IOException {
        try (Checkpoint source = Checkpoints.open(TestData.path(model));
                PrunedModel pruned = prune(source, PruneOptions.NONE.withHeadRatio(0.5))) {
            EditedCheckpoint expected = EditedCheckpoint.of(source);
            int heads = source.metadata().integer("llama.attention.head_count");
            int kvHeads = source.metadata().integer("llama.attention.head_count_kv", heads);
            assertEquals(kvHeads / 2, pruned.checkpoint().metadata().integer("llama.attention.head_count_kv"));
            assertEquals(heads / 2, pruned.checkpoint().metadata().integer("llama.attention.head_count"));
            for (int i = 0; i < source.metadata().integer("llama.block_count"); i++) {
                String attn = "blk." + i + ".attn_";
                int[] kept = rowsOf(pruned.checkpoint().weight(attn + "q.weight"), source.weight(attn + "q.weight"));
                expected.replace(onlyColumns(source.weight(attn + "output.weight"), kept));
            }
            assertNear(logits(expected), logits(pruned.checkpoint()), 1e-4);
        }
    }

    @Test
    void everyArchitectureIsPrunedOrRefusedByName() throws IOException {
        int refused = 0;
        List<Path> models;
        try (Stream<Path> files = Files.list(TestData.path("golden/architectures"))) {
            models = files.filter(f -> f.toString().endsWith(".gguf")).sorted().toList();
        }
        List<PruneOptions> all = List.of(
                PruneOptions.NONE.withDropLayers(1),
                PruneOptions.NONE.withFfnRatio(0.3),
                PruneOptions.NONE.withHeadRatio(0.5),
                PruneOptions.NONE.withWeights(Method.WANDA, new Ratio(0.5)),
                PruneOptions.NONE.withWeights(Method.SPARSEGPT, new Pattern(2, 4)),
                PruneOptions.NONE.withWeights(Method.GLOBAL_MAGNITUDE, new Ratio(0.5)));
        for (Path file : models) {
            for (PruneOptions options : all) {
                Path out = folder.resolve("out.gguf");
                try (Checkpoint source = Checkpoints.open(file);
                        PrunedModel pruned = prune(source, options)) {
                    GgufConverter.convert(pruned.checkpoint(), out, ConvertOptions.NONE, (tensor, done, total) -> {});
                } catch (FormatException | IllegalArgumentException e) {
                    String name = file.getFileName().toString();
                    String message = String.valueOf(e.getMessage());
                    assertTrue(
                            message.contains(name.substring(0, 3)) || message.contains("layers"),
                            name + ": " + message);
                    refused++;
                    continue;
                }
                try (Checkpoint read = Checkpoints.open(out)) {
                    if (options.weights() != null) {
                        assertEquals(0.5, PrunedModel.zeros(read).share(), 0.01, file + " " + options);
                    }
                    if (!file.endsWith("t5.gguf")) {
                        for (float[] row : logits(read)) {
                            for (float v : row) {
                                assertTrue(Float.isFinite(v));
                            }
                        }
                    }
                }
            }
        }
        assertTrue(refused < all.size() * models.size() / 3, refused + " refused");
    }

    @Test
    void theSmallestOfAllMatricesAreThoseOfASort() throws IOException {
        try (Checkpoint source = Checkpoints.open(stories())) {
            List<Float> magnitudes = new ArrayList<>();
            for (Weight w : SparseWeights.matrices(source)) {
                for (float v : Floats.read(w)) {
                    magnitudes.add(Math.abs(v));
                }
            }
            magnitudes.sort(null);
            PruneOptions options = PruneOptions.NONE.withWeights(Method.GLOBAL_MAGNITUDE, new Ratio(0.37));
            try (PrunedModel pruned = prune(source, options)) {
                int zeros = (int) Math.round(0.37 * magnitudes.size());
                assertEquals(zeros, PrunedModel.zeros(pruned.checkpoint()).zeros());
                float limit = magnitudes.get(zeros - 1);
                for (Weight w : SparseWeights.matrices(source)) {
                    float[] before = Floats.read(w);
                    float[] after = Floats.read(pruned.checkpoint().weight(w.name()));
                    for (int i = 0; i < before.length; i++) {
                        assertEquals(Math.abs(before[i]) > limit ? before[i] : 0, after[i]);
                    }
                }
            }
        }
    }

    @Test
    void listsByLayerFollow() throws IOException {
        try (Checkpoint source = Checkpoints.open(stories())) {
            EditedCheckpoint model = EditedCheckpoint.of(source)
                    .with("llama.feed_forward_length", MetadataValue.of(new long[] {10, 11, 12, 13, 14}))
                    .with("llama.rope.sections", MetadataValue.of(new long[] {1, 2, 3, 4, 5}));
            EditedCheckpoint pruned = new LayerRemoval(model).without(bits(0, 2));
            assertArrayEquals(new long[] {11, 13, 14}, pruned.metadata().integersOrNull("llama.feed_forward_length"));
            assertArrayEquals(new long[] {1, 2, 3, 4, 5}, pruned.metadata().integersOrNull("llama.rope.sections"));
        }
    }

    @Test
    void whatIsNotThereCannotBeTakenOut() throws IOException {
        try (Checkpoint source = Checkpoints.open(stories())) {
            for (PruneOptions options : List.of(
                    PruneOptions.NONE.withDropLayers(5),
                    PruneOptions.NONE.withLayers(bits(0, 1, 2, 3, 4)),
                    PruneOptions.NONE.withLayers(bits(5)))) {
                assertThrows(IllegalArgumentException.class, () -> prune(source, options));
            }
            assertThrows(
                    IllegalArgumentException.class,
                    () -> PrunedModel.of(
                            source,
                            PruneOptions.NONE.withDropLayers(1),
                            null,
                            EngineOptions.defaults(),
                            folder,
                            PruneProgress.NONE));
        }
    }

    /** Layers that were done before a process ended are not done again, and the rest comes to the same bits. */
    @ParameterizedTest
    @ValueSource(strings = {"whole", "damaged", "another text's"})
    void goesOnWhereItWasInterrupted(String what) throws IOException {
        PruneOptions options = PruneOptions.NONE.withWeights(Method.SPARSEGPT, new Ratio(0.5));
        Path finished = folder.resolve("finished");
        CalibrationTexts texts = new CalibrationTexts(texts(512));
        EngineOptions engine = EngineOptions.defaults();
        try (Checkpoint source = Checkpoints.open(stories())) {
            assertThrows(
                    IllegalStateException.class,
                    () -> PrunedModel.of(source, options, texts, engine, folder, finished, (stage, done, total) -> {
                        if (stage.endsWith("layer 3")) {
                            throw new IllegalStateException("interrupted");
                        }
                    }));
            if (what.equals("damaged")) {
                Path file = finished.resolve("layer-1.gguf");
                Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 1000));
            }
            CalibrationTexts read = what.startsWith("another")
                    ? new CalibrationTexts(texts.texts().subList(0, 3))
                    : texts;
            int first = what.equals("whole") ? 3 : what.equals("damaged") ? 1 : 0;
            TreeSet<String> stages = new TreeSet<>();
            try (PrunedModel again = PrunedModel.of(
                            source,
                            options,
                            read,
                            engine,
                            folder,
                            finished,
                            (stage, done, total) -> stages.add(stage));
                    PrunedModel whole =
                            PrunedModel.of(source, options, read, engine, folder, (stage, done, total) -> {})) {
                assertEquals(
                        IntStream.range(first, 5)
                                .mapToObj(i -> "tokens in layer " + i)
                                .toList(),
                        List.copyOf(stages));
                for (Weight w : whole.checkpoint().weights()) {
                    assertEquals(
                            -1,
                            w.data()
                                    .mismatch(
                                            again.checkpoint().weight(w.name()).data()),
                            w.name());
                }
            }
        }
        PrunedModel.forget(finished);
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }
}
