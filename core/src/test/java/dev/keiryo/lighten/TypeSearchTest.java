package dev.keiryo.lighten;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TypeSearchTest {
    @TempDir
    private Path folder;

    private static LanguageModel model(String name) throws IOException {
        return Keiryo.load(TestData.path("models/" + name), EngineOptions.defaults());
    }

    /** Chunks {@code [from, to)} of 256 tokens. */
    private static List<Window> windows(LanguageModel model, int from, int to) throws IOException {
        String text = Files.readString(TestData.path("corpora/en/sherlock-holmes.txt"));
        return new LlamaCpp(256).windows(model.tokenizer(), text).subList(from, to);
    }

    private TypeSearch search(LanguageModel model, List<Window> windows, TypeSearch.Progress progress)
            throws IOException {
        return search(model, windows, TypeSearch.Options.DEFAULT, progress);
    }

    private TypeSearch search(
            LanguageModel model, List<Window> windows, TypeSearch.Options options, TypeSearch.Progress progress)
            throws IOException {
        return new TypeSearch(
                model, new MeasuredText.Windows(windows), Importances.NONE, options, folder.resolve("costs"), progress);
    }

    private double written(LanguageModel model, ConvertOptions options, List<Window> windows, Path file)
            throws IOException {
        GgufConverter.convert(model.engine().checkpoint(), file, options, (tensor, done, total) -> {});
        try (Engine quantized = Engine.open(Gguf.open(file), EngineOptions.defaults());
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

    /** At the size of each mix, types chosen by measuring lose less, on text that they were not chosen by. */
    @ParameterizedTest
    @CsvSource({
        "TinyStories-656K, Q3_K_M, 0.6, false",
        "TinyStories-656K, Q3_K_M, 0.6, true",
        "stories260K/stories260K.bin, Q4_K_M, 0.9, false",
        "stories260K/stories260K.bin, Q3_K_M, 0.7, true"
    })
    void losesLessThanMixesOfTheSameSize(String name, Recipe mix, double most, boolean estimated) throws IOException {
        TypeSearch.Options options = estimated ? TypeSearch.Options.ESTIMATED : TypeSearch.Options.DEFAULT;
        try (LanguageModel model = model(name)) {
            Path ofMix = folder.resolve("mix.gguf");
            List<Window> others = windows(model, 4, 10);
            double mixed = written(model, ConvertOptions.of(mix), others, ofMix);
            Path file = folder.resolve("auto.gguf");
            List<Window> seen = windows(model, 0, 2);
            try (TypeSearch search = search(model, seen, options, (stage, done, total) -> {})) {
                TypeSearch.Found found = search.best(new Goal.FileBytes(Files.size(ofMix)));
                assertNotNull(found);
                double searched = written(model, found.options(Importances.NONE), others, file);
                assertTrue(Files.size(file) <= Files.size(ofMix), Files.size(file) + " bytes");
                assertTrue(searched < most * mixed, searched + ", mix " + mixed);
                // What was measured without a file is what the file does: to the bit where rows keep their order.
                double whole = written(model, found.options(Importances.NONE), seen, file);
                assertEquals(whole, found.loss(), name.endsWith(".bin") ? 0 : 5e-3 * whole);
            }
        }
    }

    /** Files of bits a weight, and of bytes, are as large as they may be. */
    @Test
    void meetsSizes() throws IOException {
        try (LanguageModel model = model("stories260K/stories260K.bin");
                TypeSearch search = search(model, windows(model, 0, 1), (stage, done, total) -> {})) {
            for (double bits : new double[] {7.9, 9}) {
                Map<String, GgufConverter.Planned> plan = GgufConverter.plan(
                        model.engine().checkpoint(),
                        Objects.requireNonNull(search.best(new Goal.BitsPerWeight(bits)))
                                .options(Importances.NONE));
                long bytes = plan.values().stream()
                        .mapToLong(GgufConverter.Planned::bytes)
                        .sum();
                double found = 8.0 * bytes / 260_032;
                assertTrue(found <= bits && found > bits - 0.05, found + " bits");
            }
            assertNull(search.best(new Goal.BitsPerWeight(4)));
            assertNull(search.best(new Goal.FileBytes(100_000)));
            TypeSearch.Found small = Objects.requireNonNull(search.smallest(0.03));
            assertTrue(small.loss() <= 0.03 && small.loss() > 0.02, small.loss() + " nats");
            assertNull(search.smallest(0));
        }
    }

    /** Another search for the same measures nothing that the one before has, whatever became of the file's last line. */
    @Test
    void goesOnWhereItWasInterrupted() throws IOException {
        Path journal = folder.resolve("costs");
        try (LanguageModel model = model("stories260K/stories260K.bin")) {
            List<Window> text = windows(model, 0, 1);
            Goal goal = new Goal.FileBytes(280_000);
            TypeSearch.Found whole;
            int lines;
            try (TypeSearch search = search(model, text, (stage, done, total) -> {})) {
                whole = Objects.requireNonNull(search.best(goal));
                lines = Files.readAllLines(journal).size();
            }
            List<String> known = Files.readAllLines(journal);
            Files.write(journal, known.subList(0, 60));
            Files.writeString(journal, "blk.0.attn_q.weight Q4_0\t0.0", StandardOpenOption.APPEND);
            try (TypeSearch search = search(model, text, (stage, done, total) -> {})) {
                assertEquals(60, Files.readAllLines(journal).size(), "the cut line is gone, the others are there");
                assertEquals(whole, search.best(goal));
                assertEquals(lines, Files.readAllLines(journal).size());
                search.finish();
            }
            assertFalse(Files.exists(journal));
            // A file about another text is not taken for this one's.
            Files.write(journal, known);
            try (TypeSearch search = search(model, windows(model, 1, 2), (stage, done, total) -> {})) {
                assertEquals(1, Files.readAllLines(journal).size());
                assertNotNull(search.best(new Goal.FileBytes(280_000)));
            }
            Files.write(journal, new byte[] {(byte) 0xff, 0, 1, '\n', '\t', '\n'});
            try (TypeSearch search = search(model, text, (stage, done, total) -> {})) {
                assertEquals(1, Files.readAllLines(journal).size());
                assertNull(search.best(new Goal.FileBytes(1)));
            }
        }
    }
}
