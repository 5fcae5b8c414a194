package dev.keiryo.prune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.kernel.Workers;
import dev.keiryo.measure.Divergence;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.ModelPredictions;
import dev.keiryo.measure.PerplexityDefinition.LlamaCpp;
import dev.keiryo.measure.Window;
import dev.keiryo.prune.PruneOptions.Method;
import dev.keiryo.prune.Sparsity.Pattern;
import dev.keiryo.prune.Sparsity.Ratio;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What trained models lose, in KL divergence from what they were: layers see one text, the loss is measured on another. */
class PruningQualityTest {
    private static final int CONTEXT = 256;

    @TempDir
    private Path folder = Path.of("");

    /** A model and what it is measured by. */
    private record Subject(LanguageModel model, List<int[]> seen, List<Window> measured) implements AutoCloseable {
        static Subject of(String path) throws IOException {
            LanguageModel model = Keiryo.load(
                    TestData.path("models/" + path), EngineOptions.defaults().withThreads(2));
            return new Subject(
                    model,
                    windows(model, "sherlock-holmes.txt", 24).stream()
                            .map(Window::ids)
                            .toList(),
                    windows(model, "tinyshakespeare.txt", 10));
        }

        private static List<Window> windows(LanguageModel model, String text, int count) throws IOException {
            String all = Files.readString(TestData.path("corpora/en/" + text));
            return new LlamaCpp(CONTEXT)
                    .windows(model.tokenizer(), all.substring(0, 40_000))
                    .subList(0, count);
        }

        @Override
        public void close() {
            model.close();
        }
    }

    /** Mean KL divergence in nats. */
    private double loss(Subject subject, PruneOptions options) throws IOException {
        EngineOptions engine = EngineOptions.defaults().withThreads(2);
        try (PrunedModel pruned = PrunedModel.of(
                        subject.model.engine().checkpoint(),
                        options,
                        new CalibrationTexts(subject.seen),
                        engine,
                        folder,
                        PruneProgress.NONE);
                Engine less = Engine.open(pruned.checkpoint(), engine);
                ModelPredictions ours = new ModelPredictions(less, CONTEXT);
                ModelPredictions whole = new ModelPredictions(subject.model.engine(), CONTEXT);
                Workers workers = new Workers(2)) {
            Divergence found = Objects.requireNonNull(
                    Evaluation.of(ours, whole, subject.measured, workers, Evaluation.Progress.NONE)
                            .divergence());
            return found.kl().value();
        }
    }

    private double loss(Subject subject, Method method, Sparsity sparsity) throws IOException {
        return loss(subject, PruneOptions.NONE.withWeights(method, sparsity));
    }

    @Test
    void inputsAndMakingUpForWhatIsGoneBothHelp() throws IOException {
        try (Subject subject = Subject.of("TinyStories-656K")) {
            Ratio half = new Ratio(0.5);
            double magnitude = loss(subject, Method.MAGNITUDE, half);
            double wanda = loss(subject, Method.WANDA, half);
            double gpt = loss(subject, Method.SPARSEGPT, half);
            assertTrue(wanda < 0.9 * magnitude, wanda + " against " + magnitude);
            assertTrue(gpt < 0.75 * wanda, gpt + " against " + wanda);
            double pattern = loss(subject, Method.SPARSEGPT, new Pattern(2, 4));
            double most = loss(subject, Method.SPARSEGPT, new Ratio(0.7));
            assertTrue(gpt < pattern && pattern < most, gpt + ", " + pattern + ", " + most);
            assertTrue(pattern < loss(subject, Method.WANDA, new Pattern(2, 4)));
            assertTrue(loss(subject, Method.SPARSEGPT, new Ratio(0.3)) < gpt);
            assertEquals(0, loss(subject, Method.SPARSEGPT, new Ratio(0)), 1e-3);
        }
    }

    @Test
    void layersOfLittleInfluenceAreMissedLessThanOthers() throws IOException {
        try (Subject subject = Subject.of("stories260K/stories260K.bin")) {
            int layers = subject.model.engine().transformer().shape().layers();
            double mean = 0;
            for (int i = 0; i < layers; i++) {
                BitSet one = new BitSet();
                one.set(i);
                mean += loss(subject, PruneOptions.NONE.withLayers(one)) / layers;
            }
            double chosen = loss(subject, PruneOptions.NONE.withDropLayers(1));
            assertTrue(chosen < 0.85 * mean, chosen + " against " + mean + " of any");
        }
    }

    @Test
    void fewNeuronsAreMissedLittle() throws IOException {
        try (Subject subject = Subject.of("TinyStories-656K")) {
            double tenth = loss(subject, PruneOptions.NONE.withFfnRatio(0.1));
            double quarter = loss(subject, PruneOptions.NONE.withFfnRatio(0.25));
            assertTrue(tenth < 0.1 && tenth < quarter && quarter < 0.5, tenth + ", " + quarter);
        }
    }
}
