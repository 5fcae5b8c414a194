package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.calibrate.Awq;
import dev.keiryo.calibrate.CalibratedModel;
import dev.keiryo.calibrate.CalibratedQuantization;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.calibrate.ImportanceMatrix;
import dev.keiryo.calibrate.SequentialGptq;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.convert.TypeRule;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code keiryo convert}: any model to GGUF. */
@Command(
        name = "convert",
        description = {
            "Writes a model as GGUF, quantized where asked for.",
            "llama.cpp loads all types but nf4, fp4 (with -dq: scales in 8 bits) and int8-zero. What is interrupted goes on from the"
                    + " last whole tensor when the same command is given again."
        })
final class Convert implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "A Hugging Face folder, a llama2.c checkpoint, a GGUF file, or ORG/NAME on the hub.")
    private String in;

    @Parameters(index = "1", paramLabel = "OUT.gguf", description = "The file to write.")
    private Path out;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            converter = RecipeType.class,
            completionCandidates = RecipeType.class,
            description = "Type of the matrices: ${COMPLETION-CANDIDATES}. Default: as the source stores them")
    private @Nullable Recipe recipe;

    @Option(
            names = "--group",
            paramLabel = "32|64|128|row",
            description = "Whole numbers (int4, int8, ...-zero): columns that share a scale. Default: row",
            converter = Group.class,
            defaultValue = "row")
    private int group;

    @Option(
            names = "--tensor-type",
            paramLabel = "REGEX=TYPE",
            converter = Rule.class,
            description = "The type of matrices whose GGUF name the pattern is found in, such as"
                    + " 'blk\\.[0-3]\\.ffn_down=q6_k'. May be given several times: the first that is found counts.")
    private List<TypeRule> rules = new ArrayList<>();

    @Option(
            names = "--imatrix",
            paramLabel = "FILE",
            description = "An importance matrix, of keiryo imatrix or llama-imatrix, that errors are weighed by.")
    private @Nullable Path imatrix;

    @Option(
            names = "--method",
            paramLabel = "M",
            description = {
                "How the layers' matrices are rounded: nearest; or by what passes through them on --corpus:",
                "gptq (errors are made up for by the weights not yet rounded), awq (columns of large inputs are scaled up). Default:"
                        + " nearest"
            })
    private Method method = Method.NEAREST;

    @Option(names = "--corpus", paramLabel = "F", description = "gptq, awq: a UTF-8 text to calibrate on.")
    private @Nullable Path corpus;

    @Option(
            names = "--chunks",
            paramLabel = "N",
            description = "gptq, awq: chunks of the corpus, all of which are in memory. Default: ${DEFAULT-VALUE}",
            defaultValue = "16")
    private int chunks;

    @Option(
            names = "--ctx",
            paramLabel = "N",
            description = "gptq, awq: tokens of a chunk. Default: 512, or what the model was made for")
    private int context;

    @Option(
            names = "--damping",
            paramLabel = "X",
            description = "gptq: part of the mean squared input that is added to all. Default: ${DEFAULT-VALUE}",
            defaultValue = "0.01")
    private double damping;

    @Option(
            names = "--act-order",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "gptq: columns of large inputs are rounded first. Default: they are")
    private boolean actOrder;

    /** How matrices are rounded. */
    enum Method {
        NEAREST,
        GPTQ,
        AWQ
    }

    @Override
    public Integer call() throws IOException {
        if (method == Method.NEAREST) {
            if (corpus != null) {
                throw new UsageException("--corpus is for --method gptq or awq");
            }
            return nearest();
        }
        if (corpus == null || recipe == null || imatrix != null) {
            throw new UsageException("--method " + method.name().toLowerCase(Locale.ROOT)
                    + " needs --corpus and --type, and takes no --imatrix");
        }
        return calibrated(corpus);
    }

    private int nearest() throws IOException {
        Importances importances = imatrix == null ? Importances.NONE : ImportanceMatrix.read(imatrix);
        try (Checkpoint checkpoint = Checkpoints.open(ModelArgument.resolve(in));
                ProgressBar bar = ProgressBar.onStandardError()) {
            write(checkpoint, new ConvertOptions(recipe, group, rules, importances), bar);
        }
        System.out.println(out);
        return 0;
    }

    private int calibrated(Path text) throws IOException {
        ConvertOptions options = new ConvertOptions(recipe, group, rules, Importances.NONE);
        SequentialGptq.Options how;
        try {
            how = new SequentialGptq.Options(damping, actOrder, true);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--damping: " + e.getMessage());
        }
        EngineOptions exact =
                EngineOptions.defaults().withActivations(ActivationType.F32).withPacking(EngineOptions.Packing.NEVER);
        try (LanguageModel model = Keiryo.load(ModelArgument.resolve(in), exact);
                ProgressBar bar = ProgressBar.onStandardError()) {
            CalibrationTexts texts = CalibrationText.read(model, text, context, chunks);
            SequentialGptq.Progress progress = (tensor, done, total) -> bar.stage("matrices", done, total);
            try (CalibratedQuantization run = method == Method.GPTQ
                    ? SequentialGptq.run(model.engine(), texts, options, how, progress)
                    : Awq.run(model.engine(), texts, options, progress)) {
                CalibratedModel quantized = run.model();
                write(quantized.checkpoint(), options.withFinished(quantized.finished(), quantized.importances()), bar);
            } catch (IllegalArgumentException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
        System.out.println(out);
        return 0;
    }

    private void write(Checkpoint checkpoint, ConvertOptions options, ProgressBar bar) throws IOException {
        boolean[] begun = {false};
        GgufConverter.convert(checkpoint, out, options, (tensor, done, total) -> {
            if (!begun[0]) {
                bar.begin(1, total);
                begun[0] = true;
            }
            bar.update(out.toString(), done, total);
        });
    }

    /** Reads {@code --group}. */
    static final class Group implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            return switch (value) {
                case "row" -> 0;
                case "32", "64", "128" -> Integer.valueOf(value);
                default -> throw new TypeConversionException("should be 32, 64, 128 or row, but is " + value);
            };
        }
    }

    /** Reads {@code --tensor-type}. */
    static final class Rule implements ITypeConverter<TypeRule> {
        @Override
        public TypeRule convert(String value) {
            int equals = value.lastIndexOf('=');
            if (equals < 0) {
                throw new TypeConversionException("should be REGEX=TYPE, but is " + value);
            }
            try {
                return new TypeRule(
                        Pattern.compile(value.substring(0, equals)), RecipeType.of(value.substring(equals + 1)));
            } catch (PatternSyntaxException e) {
                throw new TypeConversionException(
                        "no regular expression: " + e.getDescription() + " in " + e.getPattern());
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
