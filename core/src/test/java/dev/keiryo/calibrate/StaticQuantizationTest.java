package dev.keiryo.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.kernel.Workers;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.ModelPredictions;
import dev.keiryo.measure.PerplexityDefinition.LlamaCpp;
import dev.keiryo.measure.Window;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What weights and inputs in 8 bits cost: KL divergence from float32 on a text that is not the one they are calibrated on. */
class StaticQuantizationTest {
    private static final EngineOptions EXACT = EngineOptions.defaults().withActivations(ActivationType.F32);
    private static final SequentialGptq.Progress QUIET = (tensor, done, total) -> {};
    private static final int[] OUTLIERS = {3, 40, 77, 101};
    private static final float FACTOR = 60;

    @TempDir
    private Path folder = Path.of("");

    private final Arena arena = Arena.ofShared();
    private LanguageModel model;

    @BeforeEach
    void load() throws IOException {
        model = Keiryo.load(TestData.path("models/TinyStories-656K"), EXACT);
    }

    @AfterEach
    void close() {
        model.close();
        arena.close();
    }

    /** The same function, with some columns of every norm's result {@link #FACTOR} times as large. */
    private Checkpoint withOutliers() throws IOException {
        Checkpoint source = model.engine().checkpoint();
        FoldedScales folded = new FoldedScales();
        for (InputGroup group : InputGroups.of(source, "test")) {
            float[] s = new float[group.columns()];
            Arrays.fill(s, 1);
            if (group.origin().name().contains("norm")) {
                for (int c : OUTLIERS) {
                    s[c] = 1 / FACTOR;
                }
                folded.fold(group, s);
            }
        }
        EditedCheckpoint edited = EditedCheckpoint.of(source);
        for (Weight w : source.weights()) {
            if (folded.changes(w)) {
                edited.replace(folded.write(w, arena.allocate(4 * w.count(), 64)));
            }
        }
        return edited;
    }

    private double divergence(
            Checkpoint source, boolean smooth, @Nullable Double alpha, ActivationRange range, ActivationType type)
            throws IOException {
        Path file = folder.resolve("model.gguf");
        CalibrationTexts texts = CalibrationTexts.cut(model.tokenizer(), Shakespeare.text(100_000, 160_000), 256, 8);
        EditedCheckpoint same = EditedCheckpoint.of(source);
        try (Engine engine = Engine.open(same, EXACT);
                CalibratedQuantization run =
                        smooth ? SmoothQuant.run(engine, texts, alpha, range, folder, QUIET) : null) {
            CalibratedModel made = run == null ? CalibratedModel.of(same, ConvertOptions.NONE) : run.model();
            try (Engine exact = Engine.open(made.checkpoint(), EXACT)) {
                made = made.with(StaticRanges.of(exact, texts, range, QUIET));
            }
            GgufConverter.convert(made.checkpoint(), file, ConvertOptions.of(Recipe.INT8), (tensor, done, total) -> {});
        }
        List<Window> windows = new LlamaCpp(256)
                .windows(model.tokenizer(), Shakespeare.text(0, 60_000))
                .subList(0, 6);
        try (Engine quantized =
                        Engine.open(Gguf.open(file), EngineOptions.defaults().withActivations(type));
                Workers workers = new Workers(2)) {
            Evaluation found = Evaluation.of(
                    new ModelPredictions(quantized, 256),
                    new ModelPredictions(model.engine(), 256),
                    windows,
                    workers,
                    Evaluation.Progress.NONE);
            return Objects.requireNonNull(found.divergence()).kl().value();
        }
    }

    /** One scale for all costs more than one for each token, cutting the largest off gains, and so does SmoothQuant. */
    @Test
    void ordersAreThePapers() throws IOException {
        Checkpoint source = model.engine().checkpoint();
        ActivationRange max = ActivationRange.MAX;
        double token = divergence(source, false, null, max, ActivationType.INT8_TOKEN);
        double fixed = divergence(source, false, null, max, ActivationType.INT8_STATIC);
        double mse = divergence(source, false, null, ActivationRange.MSE, ActivationType.INT8_STATIC);
        double percentile = divergence(source, false, null, ActivationRange.parse("99.99"), ActivationType.INT8_STATIC);
        double smooth = divergence(source, true, 0.5, max, ActivationType.INT8_STATIC);
        double searched = divergence(source, true, null, max, ActivationType.INT8_STATIC);
        String all = String.join(
                ", ",
                Arrays.stream(new double[] {token, fixed, mse, percentile, smooth, searched})
                        .mapToObj(Double::toString)
                        .toList());
        assertTrue(token < 0.2 * fixed, all);
        assertTrue(mse < 0.7 * fixed && percentile < 0.7 * fixed, all);
        assertTrue(smooth < 0.75 * fixed, all);
        assertTrue(searched < 0.75 * fixed, all);
    }

    /**
     * Large models have columns that are large for all tokens; here they are made, without changing what the model computes. One scale then
     * leaves little of the others. As {@code (k·x)^α / (w/k)^(1-α) = k·s}, SmoothQuant makes the very model of it that it makes without.
     */
    @Test
    void smoothingTakesOutliersAway() throws IOException {
        Checkpoint plain = model.engine().checkpoint();
        Checkpoint outliers = withOutliers();
        ActivationRange max = ActivationRange.MAX;
        double without = divergence(plain, false, null, max, ActivationType.INT8_STATIC);
        double with = divergence(outliers, false, null, max, ActivationType.INT8_STATIC);
        double token = divergence(outliers, false, null, max, ActivationType.INT8_TOKEN);
        double smoothWithout = divergence(plain, true, 0.5, max, ActivationType.INT8_STATIC);
        double smoothWith = divergence(outliers, true, 0.5, max, ActivationType.INT8_STATIC);
        String all = without + ", " + with + ", " + token + ", " + smoothWithout + ", " + smoothWith;
        assertTrue(with > 10 * without, all);
        assertTrue(token > 10 * smoothWith, all);
        assertEquals(smoothWithout, smoothWith, 0.02 * smoothWithout, all);
    }
}
