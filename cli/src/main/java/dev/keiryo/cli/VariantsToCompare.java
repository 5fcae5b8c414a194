package dev.keiryo.cli;

import dev.keiryo.FormatException;
import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.calibrate.CalibratedConverter;
import dev.keiryo.calibrate.QuantizationMethod;
import dev.keiryo.calibrate.SequentialGptq;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.measure.PerplexityDefinition;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code keiryo compare} makes of its first model to be compared with it: every type by every method that is asked for. */
final class VariantsToCompare {
    /** Columns that share a scale in whole numbers: as many as calibrated methods give one. */
    private static final int GROUP = 32;

    @Option(
            names = "--types",
            paramLabel = "TYPE",
            split = ",",
            description =
                    "The first model quantized to each of these, too, in files that are gone afterwards; all: every type.")
    private List<String> types = List.of();

    @Option(
            names = "--methods",
            paramLabel = "M",
            split = ",",
            converter = MethodType.class,
            description = "By each of these: nearest, importance, gptq, awq. Default: nearest")
    private List<QuantizationMethod> methods = List.of(QuantizationMethod.NEAREST);

    @Option(
            names = "--corpus",
            paramLabel = "F",
            description = "importance, gptq, awq: a UTF-8 text to calibrate on; should not be --file.")
    private @Nullable Path corpus;

    @Option(
            names = "--calibration-chunks",
            paramLabel = "N",
            description = "Chunks (encoders: lines) of the corpus to calibrate on. Default: 16 (256)")
    private int chunks;

    /** Measures a model. */
    interface Measuring {
        void measure(String name, LanguageModel model) throws IOException;
    }

    boolean areWanted() {
        return !types.isEmpty();
    }

    /** Whatever can be said before long work. */
    void check() {
        if (types.isEmpty() && corpus != null) {
            throw new UsageException("--corpus is for --types");
        }
        if (areWanted() && methods.stream().anyMatch(QuantizationMethod::isCalibrated) && corpus == null) {
            throw new UsageException("--methods other than nearest need --corpus, a text to calibrate on");
        }
        recipes();
    }

    private List<Recipe> recipes() {
        if (types.equals(List.of("all"))) {
            return List.of(Recipe.values());
        }
        return types.stream().map(RecipeType::required).toList();
    }

    /** Makes them one after the other of {@code model}, each to be measured before the next. */
    void each(Path model, EngineOptions options, @Nullable PerplexityDefinition definition, Measuring measuring)
            throws IOException {
        int context = definition == null ? 0 : definition.context();
        EngineOptions exact = options.withActivations(ActivationType.F32).withPacking(EngineOptions.Packing.NEVER);
        Path file = Files.createTempFile("keiryo-", ".gguf");
        try (LanguageModel watched = Keiryo.load(model, exact)) {
            Path text = corpus;
            CalibratedConverter converter = text == null
                    ? null
                    : new CalibratedConverter(
                            watched.engine(),
                            CalibrationText.read(watched, text, context, chunks, definition),
                            text.toString(),
                            (stage, done, total) -> {});
            Map<Map<String, GgufConverter.Planned>, Recipe> seen = new HashMap<>();
            for (Recipe recipe : recipes()) {
                ConvertOptions types = new ConvertOptions(recipe, GROUP, List.of(), Importances.NONE);
                Recipe same =
                        seen.putIfAbsent(GgufConverter.plan(watched.engine().checkpoint(), types), recipe);
                if (same != null) {
                    System.err.println(recipe.label() + ": the same tensors as " + same.label());
                    continue;
                }
                for (QuantizationMethod method : methods) {
                    String name = recipe.label() + " " + method.label();
                    if (write(watched, converter, method, types, name, file)) {
                        try (LanguageModel made = Keiryo.load(file, options)) {
                            measuring.measure(name, made);
                        }
                    }
                }
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private boolean write(
            LanguageModel watched,
            @Nullable CalibratedConverter converter,
            QuantizationMethod method,
            ConvertOptions types,
            String name,
            Path file)
            throws IOException {
        try {
            if (converter == null) {
                GgufConverter.convert(watched.engine().checkpoint(), file, types, (tensor, done, total) -> {});
            } else {
                converter.convert(method, types, SequentialGptq.Options.DEFAULT, file);
            }
            return true;
        } catch (FormatException | IllegalArgumentException e) {
            System.err.println(name + ": " + e.getMessage());
            return false;
        }
    }
}
