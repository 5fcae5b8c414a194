package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.measure.ComparedModel;
import dev.keiryo.measure.Comparison;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.MeasurementJson;
import dev.keiryo.measure.PerplexityDefinition;
import dev.keiryo.measure.Speed;
import dev.keiryo.measure.Window;
import dev.keiryo.measure.report.ComparisonPage;
import dev.keiryo.model.Transformer.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keiryo compare}: several models side by side, against the first. */
@Command(
        name = "compare",
        description = {
            "Measures models side by side: size, memory, speed, and what each has lost against the first.",
            "With --types, also the first as it would be in each of these types, by each of --methods.",
            "Encoders (BERT, MiniLM) are compared by the vectors that they give the text's lines."
        })
final class Compare implements Callable<Integer> {
    @Parameters(
            arity = "1..*",
            paramLabel = "MODEL",
            description = "GGUF files, Hugging Face folders or ORG/NAME on the hub; the first is the reference.")
    private List<String> names = List.of();

    @Mixin
    private EvaluationText text = new EvaluationText();

    @Mixin
    private VariantsToCompare variants = new VariantsToCompare();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "Each model continues it. Default: the text's first words")
    private @Nullable String prompt;

    @Option(
            names = "--speed",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Measures speed and memory, each model in a process of its own. Default: yes")
    private boolean speed;

    @Mixin
    private Threads threads = new Threads();

    @Option(
            names = "--activations",
            paramLabel = "TYPE",
            description =
                    "Inputs of layers with quantized weights, for all models: int8, int8-token, int8-static or f32."
                            + " Default: int8")
    private ActivationType activations = ActivationType.INT8;

    @Option(
            names = "--out",
            paramLabel = "FILE.html",
            description = "Writes a page with plots, which needs no other file.")
    private @Nullable Path out;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        variants.check();
        String read = text.read();
        List<Path> paths = new ArrayList<>();
        for (String name : names) {
            paths.add(ModelArgument.resolve(name));
        }
        for (Path path : paths) {
            // Whatever is wrong with a file is said before the others have been measured for long.
            try (Checkpoint checkpoint = Checkpoints.open(path)) {
                checkpoint.metadata().architecture();
            }
        }
        Comparison comparison = measure(paths, speeds(paths), read);
        if (out != null) {
            ComparisonPage.write(comparison, out);
        }
        System.out.println(json ? MeasurementJson.of(comparison).toString() : new ComparisonTable(comparison).text());
        return 0;
    }

    /** Of each, while nothing else is in memory; nulls where they are not wanted. */
    private List<@Nullable Speed> speeds(List<Path> paths) throws IOException {
        List<@Nullable Speed> speeds = new ArrayList<>();
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            for (Path path : paths) {
                if (speed) {
                    bar.stage("models, measuring speed and memory", speeds.size(), paths.size());
                }
                speeds.add(speed ? SpeedProcess.measure(path, threads.count(), activations) : null);
            }
            if (speed) {
                bar.stage("models, measuring speed and memory", paths.size(), paths.size());
            }
        }
        return speeds;
    }

    private Comparison measure(List<Path> paths, List<@Nullable Speed> speeds, String read) throws IOException {
        try (LanguageModel reference = open(paths.getFirst())) {
            Kind kind = reference.engine().transformer().kind();
            Measured measured = kind == Kind.ENCODER ? encoder(read) : decoder(reference, read);
            List<ComparedModel> models = new ArrayList<>();
            for (int i = 0; i < paths.size(); i++) {
                try (LanguageModel model = i == 0 ? null : open(paths.get(i));
                        ProgressBar bar = ProgressBar.onStandardError()) {
                    String name = i + 1 + "/" + paths.size() + " " + shown(i);
                    ComparedModel compared = model == null
                            ? measured.of(shown(i), reference, null, progress(bar, name, measured.tokens()))
                            : measured.of(shown(i), model, reference, progress(bar, name, measured.tokens()));
                    models.add(compared.withSpeed(speeds.get(i)));
                }
            }
            if (variants.areWanted()) {
                measureVariants(paths.getFirst(), reference, measured, models);
            }
            return new Comparison(text.name(), measured.definition(), activations, measured.prompt(), models);
        }
    }

    private void measureVariants(Path path, LanguageModel reference, Measured measured, List<ComparedModel> models)
            throws IOException {
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            variants.each(
                    path,
                    options(),
                    measured.definition(),
                    (name, model) ->
                            models.add(measured.of(name, model, reference, progress(bar, name, measured.tokens()))));
        }
    }

    private LanguageModel open(Path path) throws IOException {
        return Keiryo.load(path, options());
    }

    private EngineOptions options() {
        return EngineOptions.defaults().withThreads(threads.count()).withActivations(activations);
    }

    /** What is measured of every model. */
    private interface Measured {
        ComparedModel of(
                String name, LanguageModel model, @Nullable LanguageModel reference, Evaluation.Progress progress)
                throws IOException;

        @Nullable
        PerplexityDefinition definition();

        String prompt();

        long tokens();
    }

    private Measured decoder(LanguageModel reference, String read) throws IOException {
        PerplexityDefinition definition = text.definition(reference);
        List<Window> windows = text.windows(definition, reference, read);
        String begin = prompt == null ? EvaluationText.firstWords(read) : prompt;
        return new DecoderMeasured(definition, windows, begin, Evaluation.tokens(windows));
    }

    private record DecoderMeasured(PerplexityDefinition definition, List<Window> windows, String prompt, long tokens)
            implements Measured {
        @Override
        public ComparedModel of(
                String name, LanguageModel model, @Nullable LanguageModel reference, Evaluation.Progress progress)
                throws IOException {
            return ComparedModel.ofDecoder(name, model, reference, windows, definition.context(), prompt, progress);
        }
    }

    private Measured encoder(String read) throws IOException {
        List<String> lines = text.lines(read);
        return new EncoderMeasured(lines);
    }

    private record EncoderMeasured(List<String> lines) implements Measured {
        @Override
        public ComparedModel of(
                String name, LanguageModel model, @Nullable LanguageModel reference, Evaluation.Progress progress)
                throws IOException {
            return ComparedModel.ofEncoder(name, model, reference, lines);
        }

        @Override
        public @Nullable PerplexityDefinition definition() {
            return null;
        }

        @Override
        public String prompt() {
            return "";
        }

        @Override
        public long tokens() {
            return lines.size();
        }
    }

    private static Evaluation.Progress progress(ProgressBar bar, String name, long total) {
        return (tokens, scored, perplexity) -> {
            bar.detail(
                    scored == 0 ? name : String.format(Locale.ROOT, "tokens, perplexity %.4f, %s", perplexity, name));
            bar.stage(name, tokens, total);
        };
    }

    /** The model's name: its file's where that tells all apart. */
    private String shown(int i) {
        List<String> files = names.stream()
                .map(n -> String.valueOf(Path.of(n).getFileName()).replaceFirst("\\.gguf$", ""))
                .toList();
        return files.stream().distinct().count() == files.size() ? files.get(i) : names.get(i);
    }
}
