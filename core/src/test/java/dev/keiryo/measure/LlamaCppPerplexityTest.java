package dev.keiryo.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.kernel.Workers;
import dev.keiryo.measure.PerplexityDefinition.LlamaCpp;
import dev.keiryo.quantize.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Perplexity and KL divergence as llama-perplexity computes them on the same GGUF files, which {@code keiryo convert} wrote
 * (llama.cpp c392e5094, CPU): {@code llama-perplexity -m FILE -f TEXT -c 256 --chunks 10 -ctk f32 -ctv f32}. For quantized
 * weights both round inputs to 8 bits. Types that a quantizer may come to round better are left to docs/COMPRESSION.md: here are
 * those that leave it no choice.
 */
class LlamaCppPerplexityTest {
    private static final LlamaCpp DEFINITION = new LlamaCpp(256);
    private static final String TINY_STORIES = "models/TinyStories-656K";

    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "models/TinyStories-656K, F32, 330.5376, 27.48795",
        "models/TinyStories-656K, Q8_0, 331.4885, 27.58606",
        "models/TinyStories-656K, INT4, 333.3550, 27.36413",
        "models/TinyStories-656K, INT4_ZERO, 341.9083, 27.85065",
        "models/stories260K/stories260K.bin, F32, 41.7974, 3.34322",
        "models/stories260K/stories260K.bin, Q8_0, 41.9113, 3.35324",
    })
    void perplexity(String source, Recipe type, double value, double error) throws IOException {
        try (LanguageModel model = converted(source, type)) {
            Estimate found = evaluate(model, null).perplexity().estimate();
            double tolerance = type == Recipe.F32 ? 2e-6 : 1e-3;
            assertEquals(value, found.value(), tolerance * value);
            assertEquals(error, found.error(), 3 * tolerance * error);
        }
    }

    /**
     * INT4's weights, as F32 again, against a base file of the F32 model: {@code --kl-divergence-base BASE --kl-divergence}.
     * That file rounds log-probabilities to 16 bits between the greatest and 16 below, so that a token less probable counts
     * as improbable as that: the base's perplexity is 329.465 by it, and 330.538 in truth. The divergence hardly notices.
     */
    @Test
    void divergence() throws IOException {
        Path quantized = convert(TestData.path(TINY_STORIES), Recipe.INT4);
        try (LanguageModel reference = converted(TINY_STORIES, Recipe.F32);
                LanguageModel model = Keiryo.load(convert(quantized, Recipe.F32))) {
            Divergence d = Objects.requireNonNull(evaluate(model, reference).divergence());
            assertEquals(0.127661, d.kl().value(), 4e-6);
            assertEquals(0.002734, d.kl().error(), 1e-6);
            assertEquals(0.098536, d.klQuantiles().median(), 1e-5);
            assertEquals(0.531278, d.klQuantiles().p99(), 4e-5);
            assertEquals(0.696298, d.klQuantiles().p999(), 1e-4);
            assertEquals(0.784588, d.klQuantiles().max(), 5e-5);
            assertEquals(0.66929, d.agreement().value(), 1e-5);
            assertEquals(0.01321, d.agreement().error(), 1e-5);
            assertEquals(-0.00413, d.meanError().value(), 1e-5);
            assertEquals(0.04249, d.rmsError().value(), 1e-5);
            assertEquals(0.00312, d.rmsError().error(), 1e-5);
            assertEquals(0.40900, d.maxError(), 1e-4);
        }
    }

    private LanguageModel converted(String source, Recipe type) throws IOException {
        return Keiryo.load(convert(TestData.path(source), type));
    }

    private Path convert(Path source, Recipe type) throws IOException {
        Path file = folder.resolve(source.getFileName() + "-" + type + ".gguf");
        try (Checkpoint checkpoint = Checkpoints.open(source)) {
            GgufConverter.convert(checkpoint, file, type, (tensor, done, total) -> {});
        }
        return file;
    }

    private static Evaluation evaluate(LanguageModel model, @Nullable LanguageModel reference) throws IOException {
        List<Window> windows =
                DEFINITION.windows(model.tokenizer(), Texts.shakespeare()).subList(0, 10);
        try (Predictions ours = new ModelPredictions(model.engine(), 256);
                Predictions theirs = reference == null ? null : new ModelPredictions(reference.engine(), 256);
                Workers workers = new Workers(2)) {
            return Evaluation.of(ours, theirs, windows, workers, Evaluation.Progress.NONE);
        }
    }
}
