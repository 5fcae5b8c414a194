package dev.keiryo.calibrate;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
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
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What methods cost, as KL divergence from the float32 model on a text that is not the one they are calibrated on. */
class CalibratedQuantizationTest {
    private static final EngineOptions EXACT = EngineOptions.defaults().withActivations(ActivationType.F32);

    @TempDir
    private Path folder = Path.of("");

    enum Method {
        NEAREST,
        IMPORTANCE,
        GPTQ,
        GPTQ_IN_ORDER,
        AWQ
    }

    private double divergence(Method method, Recipe recipe) throws IOException {
        Path file = folder.resolve(method + "-" + recipe + ".gguf");
        try (LanguageModel model = Keiryo.load(TestData.path("models/TinyStories-656K"), EXACT)) {
            CalibrationTexts texts =
                    CalibrationTexts.cut(model.tokenizer(), Shakespeare.text(100_000, 200_000), 256, 12);
            ConvertOptions options = new ConvertOptions(recipe, 32, List.of(), Importances.NONE);
            Checkpoint source = model.engine().checkpoint();
            switch (method) {
                case NEAREST -> GgufConverter.convert(source, file, options, (tensor, done, total) -> {});
                case AWQ -> {
                    try (Awq awq =
                            Awq.run(model.engine(), texts, options, Importances.NONE, (tensor, done, total) -> {})) {
                        write(awq.model(), options, file);
                    }
                }
                default -> {
                    SequentialGptq.Options how =
                            new SequentialGptq.Options(0.01, method == Method.GPTQ, method != Method.IMPORTANCE);
                    try (SequentialGptq gptq =
                            SequentialGptq.run(model.engine(), texts, options, how, (tensor, done, total) -> {})) {
                        write(gptq.model(), options, file);
                    }
                }
            }
            List<Window> windows = new LlamaCpp(256)
                    .windows(model.tokenizer(), Shakespeare.text(0, 60_000))
                    .subList(0, 8);
            try (Engine quantized = Engine.open(Gguf.open(file), EXACT);
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
    }

    private static void write(CalibratedModel model, ConvertOptions options, Path file) throws IOException {
        GgufConverter.convert(
                model.checkpoint(),
                file,
                options.withFinished(model.finished(), model.importances()),
                (tensor, done, total) -> {});
    }

    /** GPTQ and AWQ lose less than rounding to the nearest, with importances or without, at 4 bits and at 3. */
    @ParameterizedTest
    @CsvSource({"INT4, 0.90", "INT3, 0.85"})
    void ordersAreThePapers(Recipe recipe, double awqOfPlain) throws IOException {
        double nearest = divergence(Method.NEAREST, recipe);
        double importance = divergence(Method.IMPORTANCE, recipe);
        double gptq = divergence(Method.GPTQ, recipe);
        double awq = divergence(Method.AWQ, recipe);
        assertTrue(importance < 0.85 * nearest, importance + " of " + nearest);
        assertTrue(gptq < 0.75 * importance, gptq + " of " + importance);
        assertTrue(awq < awqOfPlain * nearest, awq + " of " + nearest);
    }

    /** Columns in the order of falling activations, or in their own; k-quants' like whole blocks and code books. */
    @ParameterizedTest
    @EnumSource(names = {"NF4", "IQ4_NL", "Q4_1"})
    void gptqFitsOtherFormats(Recipe recipe) throws IOException {
        double nearest = divergence(Method.NEAREST, recipe);
        assertTrue(divergence(Method.GPTQ, recipe) < 0.65 * nearest);
        assertTrue(divergence(Method.GPTQ_IN_ORDER, recipe) < 0.75 * nearest);
    }
}
