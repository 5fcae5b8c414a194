package dev.keiryo.calibrate;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.measure.EmbeddingSimilarity;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** all-MiniLM-L6-v2, out of its Maven artifact, with weights and inputs in 8 bits: cosine with the vectors of float32. */
class StaticEncoderTest {
    private static final EngineOptions EXACT = EngineOptions.defaults().withActivations(ActivationType.F32);

    @TempDir
    private Path folder = Path.of("");

    private static double cosine(LanguageModel reference, Path file, ActivationType type, List<String> lines)
            throws IOException {
        try (LanguageModel model = Keiryo.load(file, EngineOptions.defaults().withActivations(type))) {
            return EmbeddingSimilarity.of(model, reference, lines, null)
                    .cosine()
                    .value();
        }
    }

    private List<String> lines() throws IOException {
        for (String name : new String[] {"all-minilm-l6-v2.onnx", "tokenizer.json"}) {
            String resource = "/" + (name.endsWith("json") ? "all-minilm-l6-v2-tokenizer.json" : name);
            try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(resource), resource)) {
                Files.copy(in, folder.resolve(name));
            }
        }
        String text = Shakespeare.text(0, 40_000).replaceAll("([.!?]) ", "$1\n");
        return text.lines().filter(l -> !l.isBlank()).toList();
    }

    /** Of its inputs only one can be divided anywhere; the search for each scale is for all matrices, at 3 bits and more. */
    @Test
    void awqOfAnEncoder() throws IOException {
        List<String> lines = lines();
        List<String> measured = lines.subList(0, 20);
        Path file = folder.resolve("model.gguf");
        try (LanguageModel model = Keiryo.load(folder.resolve("all-minilm-l6-v2.onnx"), EXACT)) {
            CalibrationTexts texts =
                    CalibrationTexts.lines(model.tokenizer(), String.join("\n", lines.subList(100, 132)), 256, 32);
            CalibratedConverter converter =
                    new CalibratedConverter(model.engine(), texts, "text", (stage, done, total) -> {});
            List<Double> lost = new ArrayList<>();
            for (QuantizationMethod method : List.of(QuantizationMethod.NEAREST, QuantizationMethod.AWQ)) {
                ConvertOptions types = new ConvertOptions(Recipe.INT4, 32, List.of(), Importances.NONE);
                converter.convert(method, types, SequentialGptq.Options.DEFAULT, file);
                lost.add(1 - cosine(model, file, ActivationType.INT8, measured));
            }
            assertTrue(lost.get(1) < 0.7 * lost.get(0) && lost.get(1) > 0, lost.toString());
        }
    }

    /** Its largest inputs are few and matter: cutting off a thousandth of all is far worse than none. */
    @Test
    void oneScaleForAllTokens() throws IOException {
        List<String> lines = lines();
        String calibration = String.join("\n", lines.subList(100, 132));
        List<String> measured = lines.subList(0, 30);
        List<Double> cosines = new ArrayList<>();
        try (LanguageModel model = Keiryo.load(folder.resolve("all-minilm-l6-v2.onnx"), EXACT)) {
            CalibrationTexts texts = CalibrationTexts.lines(model.tokenizer(), calibration, 256, 32);
            Path file = folder.resolve("model.gguf");
            try (SmoothQuant smooth = SmoothQuant.run(
                            model.engine(), texts, 0.5, ActivationRange.MAX, folder, (tensor, done, total) -> {});
                    Engine exact = Engine.open(smooth.model().checkpoint(), EXACT)) {
                for (String range : new String[] {"99.99", "99.9"}) {
                    CalibratedModel made = smooth.model()
                            .with(StaticRanges.of(
                                    exact, texts, ActivationRange.parse(range), (tensor, done, total) -> {}));
                    GgufConverter.convert(
                            made.checkpoint(), file, ConvertOptions.of(Recipe.INT8), (tensor, done, total) -> {});
                    cosines.add(cosine(model, file, ActivationType.INT8_STATIC, measured));
                }
            }
            cosines.add(cosine(model, file, ActivationType.INT8_TOKEN, measured));
            cosines.add(cosine(model, file, ActivationType.INT8, measured));
        }
        String all = cosines.toString();
        double token = cosines.get(2);
        assertTrue(cosines.get(3) > token && token > 0.99 && token < 0.9995, all);
        assertTrue(cosines.get(0) > 0.95 && cosines.get(0) < token, all);
        assertTrue(cosines.get(1) < 0.95, all);
    }
}
