package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.measure.PerplexityDefinition;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Transformer.Kind;
import dev.keiryo.model.Weights;
import dev.keiryo.prune.PruneOptions;
import dev.keiryo.prune.PruneOptions.Method;
import dev.keiryo.prune.PrunedModel;
import dev.keiryo.prune.Sparsity;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Weight;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code keiryo prune}: weights to zero, or layers, heads and neurons out. */
@Command(
        name = "prune",
        description = {
            "Sets weights of a model to zero, or takes layers, heads and neurons out of it, and writes it as GGUF.",
            "With zeros it is as large as before; without layers, heads or neurons it is smaller. Any engine loads both."
        })
final class Prune implements Callable<Integer> {
    private static final int CONTEXT = 512;

    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            description = "A GGUF file, a Hugging Face folder, a llama2.c checkpoint, or ORG/NAME on the hub.")
    private String in;

    @Parameters(index = "1", paramLabel = "OUT.gguf", description = "The file to write.")
    private Path out;

    @Option(
            names = "--ratio",
            paramLabel = "R",
            description = "The share of the weights of the layers' matrices that become zero, such as 0.5.")
    private @Nullable Double ratio;

    @Option(
            names = "--pattern",
            paramLabel = "N:M",
            converter = PatternType.class,
            description = "Instead: of each M weights in a row N stay, such as 2:4.")
    private Sparsity.@Nullable Pattern pattern;

    @Option(
            names = "--method",
            paramLabel = "M",
            converter = MethodType.class,
            description = {
                "By what weights are chosen: magnitude (of each matrix), global-magnitude (of all), wanda (times what they",
                "are multiplied by), sparsegpt (the others make up for them; slower, loses least). Default: wanda"
            })
    private Method method = Method.WANDA;

    @Option(
            names = "--drop-layers",
            paramLabel = "N",
            description = "Takes out the N layers that change least what goes through them.")
    private int dropLayers;

    @Option(
            names = "--layers",
            paramLabel = "I,...",
            split = ",",
            description = "Takes out these layers instead, the first is 0.")
    private int @Nullable [] layers;

    @Option(
            names = "--head-ratio",
            paramLabel = "R",
            description =
                    "The share of attention heads to take out: of those for keys and values, with the queries' that use them.")
    private double headRatio;

    @Option(
            names = "--ffn-ratio",
            paramLabel = "R",
            description = "The share of neurons to take out of each feed-forward part.")
    private double ffnRatio;

    @Option(
            names = "--corpus",
            paramLabel = "F",
            description = "A UTF-8 text that shows what inputs the layers have; - is standard input.")
    private @Nullable String corpus;

    @Option(
            names = "--ctx",
            paramLabel = "N",
            description = "Tokens of the corpus that are read together. Default: 512, or what MODEL was made for")
    private @Nullable Integer context;

    @Option(
            names = "--chunks",
            paramLabel = "N",
            description =
                    "So many pieces of --ctx tokens of the corpus (encoders: lines) are read. Default: 128, or as many as there are")
    private int chunks = 128;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            converter = RecipeType.class,
            completionCandidates = RecipeType.class,
            description = "Type of the matrices: ${COMPLETION-CANDIDATES}. Default: as MODEL stores them")
    private @Nullable Recipe recipe;

    @Mixin
    private Threads threads = new Threads();

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        PruneOptions options = options();
        Path model = ModelArgument.resolve(in);
        ObjectNode report = JsonMapper.shared().createObjectNode();
        try (Checkpoint source = Checkpoints.open(model)) {
            requirePlain(source);
            CalibrationTexts texts = options.isCalibrated() ? texts(model, source) : null;
            try (PrunedModel pruned = pruned(source, options, texts);
                    ProgressBar bar = ProgressBar.onStandardError()) {
                boolean[] begun = {false};
                GgufConverter.convert(pruned.checkpoint(), out, ConvertOptions.of(recipe), (tensor, done, total) -> {
                    if (!begun[0]) {
                        bar.begin(1, total);
                        begun[0] = true;
                    }
                    bar.update(out.toString(), done, total);
                });
                describe(source, pruned, report);
            }
        }
        PrunedModel.forget(finishedLayers());
        System.out.println(json ? report.toPrettyString() : text(report));
        return 0;
    }

    private PrunedModel pruned(Checkpoint source, PruneOptions options, @Nullable CalibrationTexts texts)
            throws IOException {
        EngineOptions engine = EngineOptions.defaults().withThreads(threads.count());
        Path folder = Objects.requireNonNullElse(out.toAbsolutePath().getParent(), Path.of("."));
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            return PrunedModel.of(source, options, texts, engine, folder, finishedLayers(), bar::stage);
        }
    }

    /** Where layers are kept for the same command to go on with. */
    private Path finishedLayers() {
        return out.resolveSibling(out.getFileName() + ".pruning");
    }

    private PruneOptions options() {
        if (chunks < 1 || (context != null && context < 1)) {
            throw new UsageException("--chunks and --ctx should be at least 1");
        }
        if (ratio != null && pattern != null) {
            throw new UsageException("--ratio and --pattern exclude each other");
        }
        if (layers != null && dropLayers > 0) {
            throw new UsageException("--layers and --drop-layers exclude each other");
        }
        try {
            PruneOptions options = PruneOptions.NONE
                    .withDropLayers(dropLayers)
                    .withHeadRatio(headRatio)
                    .withFfnRatio(ffnRatio);
            if (layers != null) {
                BitSet which = new BitSet();
                Arrays.stream(layers).forEach(which::set);
                options = options.withLayers(which);
            }
            if (pattern != null) {
                options = options.withWeights(method, pattern);
            } else if (ratio != null) {
                options = options.withWeights(method, new Sparsity.Ratio(ratio));
            }
            if (options.equals(PruneOptions.NONE)) {
                throw new UsageException(
                        "nothing to do: name --ratio, --pattern, --drop-layers, --layers, --head-ratio or --ffn-ratio");
            }
            if (options.isCalibrated() && corpus == null) {
                throw new UsageException("--corpus is missing: a text that shows what inputs the layers have"
                        + (method.isCalibrated() && options.weights() != null
                                ? " (--method magnitude needs none)"
                                : ""));
            }
            return options;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    /** Blocks that are changed become others: which, has to be said. */
    private void requirePlain(Checkpoint source) {
        boolean onlyLayers = ratio == null && pattern == null && headRatio == 0 && ffnRatio == 0;
        for (Weight w : source.weights()) {
            if (recipe == null && !onlyLayers && w.type().blockSize() > 1) {
                throw new UsageException(in + " is quantized (" + w.name() + " is "
                        + w.type().label() + "): say with --type what the result is to be, such as q8_0 or f16");
            }
        }
    }

    private CalibrationTexts texts(Path model, Checkpoint source) throws IOException {
        var tokenizer = TokenizerFiles.of(model, source.metadata());
        if (tokenizer == null) {
            throw new IOException(in + " holds no vocabulary to read --corpus with; put its tokenizer beside it");
        }
        String file = String.valueOf(corpus);
        try {
            int trained = source.metadata().integer(source.metadata().architecture() + ".context_length", CONTEXT);
            int tokens = context == null ? Math.clamp(trained, 1, CONTEXT) : context;
            String text = EvaluationText.read(file);
            Kind kind = kind(source);
            return kind == Kind.ENCODER
                    ? CalibrationTexts.lines(tokenizer, text, tokens, chunks)
                    : CalibrationTexts.of(PerplexityDefinition.usual(
                                    kind, tokenizer, LanguageModel.decoderStart(source.metadata()), tokens)
                            .windows(tokenizer, text)
                            .stream()
                            .limit(chunks)
                            .toList());
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static Kind kind(Checkpoint source) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return Architectures.read(new Weights(source, arena)).kind();
        }
    }

    private void describe(Checkpoint source, PrunedModel pruned, ObjectNode report) throws IOException {
        report.put("file", out.toString());
        report.put("bytes", Files.size(out));
        report.put("weightsBefore", weights(source));
        report.put("weights", weights(pruned.checkpoint()));
        if (!pruned.dropped().isEmpty()) {
            var dropped = report.putArray("layersDropped");
            pruned.dropped().stream().forEach(dropped::add);
        }
        if (pruned.influence().length > 0) {
            var influence = report.putArray("blockInfluence");
            Arrays.stream(pruned.influence()).forEach(influence::add);
        }
        try (Checkpoint written = Checkpoints.open(out)) {
            PrunedModel.Zeros zeros = PrunedModel.zeros(written);
            report.put("weightsInLayers", zeros.weights());
            report.put("zeros", zeros.zeros());
        }
    }

    private static long weights(Checkpoint model) {
        return model.weights().stream().mapToLong(Weight::count).sum();
    }

    private String text(ObjectNode report) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s: %s, %,d weights (before: %,d)%n",
                out,
                Bytes.format(report.get("bytes").asLong()),
                report.get("weights").asLong(),
                report.get("weightsBefore").asLong()));
        if (report.has("layersDropped")) {
            text.append("layers taken out, by their numbers before: ")
                    .append(report.get("layersDropped"))
                    .append(System.lineSeparator());
        }
        if (report.has("blockInfluence")) {
            text.append("block influence (1 - mean cosine of input and output):");
            report.get("blockInfluence").forEach(v -> text.append(String.format(Locale.ROOT, " %.4f", v.asDouble())));
            text.append(System.lineSeparator());
        }
        double share = (double) report.get("zeros").asLong()
                / Math.max(1, report.get("weightsInLayers").asLong());
        text.append(String.format(Locale.ROOT, "zeros among the weights of layers, as stored: %.2f %%", 100 * share));
        return text.toString();
    }

    /** Reads {@code --pattern}. */
    static final class PatternType implements ITypeConverter<Sparsity.Pattern> {
        @Override
        public Sparsity.Pattern convert(String value) {
            if (!value.matches("\\d{1,4}:\\d{1,4}")) {
                throw new TypeConversionException("should be N:M such as 2:4, but is " + value);
            }
            String[] parts = value.split(":", -1);
            try {
                return new Sparsity.Pattern(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** Reads {@code --method}. */
    static final class MethodType implements ITypeConverter<Method> {
        @Override
        public Method convert(String value) {
            return switch (value.toLowerCase(Locale.ROOT)) {
                case "magnitude" -> Method.MAGNITUDE;
                case "global-magnitude" -> Method.GLOBAL_MAGNITUDE;
                case "wanda" -> Method.WANDA;
                case "sparsegpt" -> Method.SPARSEGPT;
                default ->
                    throw new TypeConversionException(
                            "should be magnitude, global-magnitude, wanda or sparsegpt, but is " + value);
            };
        }
    }
}
