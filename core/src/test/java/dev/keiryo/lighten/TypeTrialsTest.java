package dev.keiryo.lighten;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.kernel.Workers;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.ModelPredictions;
import dev.keiryo.measure.Window;
import dev.keiryo.model.Transformer;
import dev.keiryo.quantize.Importances;
import dev.keiryo.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is measured without a file is, to the bit, what a file does: experts in stacks, fused matrices, embeddings that are the output. */
final class TypeTrialsTest {
    private static final EngineOptions OPTIONS = EngineOptions.defaults();

    @TempDir
    private Path folder;

    private static List<Window> windows(Transformer transformer) {
        Transformer.Shape shape = transformer.shape();
        int vocabulary = shape.vocabulary();
        int most = shape.context() > 0 ? Math.min(700, shape.context()) : 700;
        Random random = new Random(7);
        if (transformer.kind() == Transformer.Kind.ENCODER_DECODER) {
            return Stream.of(40, 90, 11)
                    .map(n -> new Window(
                            random.ints(n, 0, vocabulary).toArray(),
                            random.ints(50, 0, vocabulary).toArray(),
                            1))
                    .toList();
        }
        return List.of(
                new Window(random.ints(40, 0, vocabulary).toArray(), 3),
                new Window(random.ints(most, 0, vocabulary).toArray(), most - 50),
                new Window(random.ints(9, 0, vocabulary).toArray(), 1));
    }

    private double written(LanguageModel model, TypeSearch.Found found, List<Window> windows) throws IOException {
        Path file = folder.resolve("m.gguf");
        GgufConverter.convert(
                model.engine().checkpoint(), file, found.options(Importances.NONE), (tensor, done, total) -> {});
        try (Engine quantized = Engine.open(Gguf.open(file), OPTIONS);
                Workers workers = new Workers(2)) {
            Evaluation measured = Evaluation.of(
                    new ModelPredictions(quantized, 700),
                    new ModelPredictions(model.engine(), 700),
                    windows,
                    workers,
                    Evaluation.Progress.NONE);
            return Objects.requireNonNull(measured.divergence()).kl().value();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-tied", "gpt2", "mpt", "gemma2", "mixtral", "olmoe", "qwen2", "t5"})
    void equalsAFile(String name) throws IOException {
        try (LanguageModel model = Keiryo.load(TestData.path("golden/architectures/" + name + ".gguf"), OPTIONS)) {
            List<Window> windows = windows(model.engine().transformer());
            try (TypeTrials trials = new TypeTrials(
                    model,
                    new MeasuredText.Windows(windows),
                    Importances.NONE,
                    TypeSearch.Options.DEFAULT,
                    folder.resolve("costs"))) {
                trials.settleOnNothing();
                List<TypeUnit> units = trials.units();
                int[] choice = new int[units.size()];
                double sum = 0;
                for (int u = 0; u < choice.length; u++) {
                    choice[u] = u % units.get(u).types().size();
                    sum += trials.step(units.get(u), choice[u]);
                }
                assertTrue(sum > 0);
                double whole = trials.whole(choice);
                assertEquals(written(model, new TypeSearch.Found(trials.types(choice), 0), windows), whole);
                trials.settle(choice);
                // One matrix in the last layer is another: earlier layers are not computed again.
                int last = choice.length - 1;
                while (!units.get(last).name().contains("blk.")) {
                    last--;
                }
                int[] other = choice.clone();
                other[last] = units.get(last).types().indexOf(TensorType.F16);
                double step = trials.step(units.get(last), other[last]);
                assertEquals(trials.whole(other), step);
                assertEquals(written(model, new TypeSearch.Found(trials.types(other), 0), windows), step);
            }
        }
    }
}
